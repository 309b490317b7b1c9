"""What is refused, and with which code."""


class Refused(Exception):
    """A refusal with its code; `detail` is the code of an envelope inside it."""

    def __init__(self, code, detail=None):
        super().__init__(code)
        self.code = code
        self.detail = detail


class CannotJudge(Exception):
    """This reader does not know enough to judge the case; it says so and is not silent."""
