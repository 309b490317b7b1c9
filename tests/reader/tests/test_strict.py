"""JSON, names and addresses."""

import unittest

from mydata_reader import form, names, strict
from mydata_reader.fault import Refused
from mydata_reader.records import MESSAGES

REMOVAL = MESSAGES["link_removal"]


def code(text, kind=REMOVAL, limits=strict.MESSAGE):
    """The code of a refusal, or None."""
    octets = text if isinstance(text, bytes) else text.encode()
    try:
        strict.read(octets, limits, kind)
    except Refused as refused:
        return refused.code
    return None


class Json(unittest.TestCase):
    def test_a_whole_message_reads(self):
        self.assertIsNone(code(' {"surrogate_id":"s","slr_id":"l","more":[1.5e3,null,"\\ud83d\\ude00"]} '))

    def test_each_fault_has_its_code(self):
        for text, wanted in [
            ("", "json_syntax"), ("{", "json_syntax"), ("{} {}", "json_missing_member"),
            ('{"surrogate_id":"s","slr_id":"l"} x', "json_syntax"),
            ('{"surrogate_id":"s","slr_id":"l","x":01}', "json_syntax"),
            ('{"surrogate_id":"s","slr_id":"l","x":"\\ud800"}', "json_syntax"),
            ('{"surrogate_id":"s","slr_id":"l","x":1e999}', "json_syntax"),
            ('{"surrogate_id":"s","slr_id":"l","x":' + "1" * 400 + "}", "json_syntax"),
            (b'{"surrogate_id":"\xff","slr_id":"l"}', "json_syntax"),
            ('{"surrogate_id":"s","surrogate_id":"s","slr_id":"l"}', "json_duplicate_member"),
            ('{"surrogate_id":"s","slr_id":"l","x":{"a":1,"\\u0061":2}}', "json_duplicate_member"),
            ("[]", "json_array_for_object"), ("1", "json_shape"),
            ('{"surrogate_id":1,"slr_id":"l"}', "json_shape"),
            ('{"surrogate_id":"NULL","slr_id":"l"}', "json_shape"),
            ('{"surrogate_id":"s"}', "json_missing_member"),
        ]:
            self.assertEqual(code(text), wanted, text)

    def test_the_first_fault_in_the_text_is_told(self):
        self.assertEqual(code('{"slr_id":1,"slr_id":2'), "json_shape")
        self.assertEqual(code('{"slr_id":1.0.0}'), "json_shape")
        self.assertEqual(code('{"slr_id":1.}'), "json_syntax")
        self.assertEqual(code('{"slr_id":1.0e}'), "json_syntax")
        self.assertEqual(code('{"x":1,"x":2,"slr_id":1}'), "json_duplicate_member")

    def test_bounds(self):
        whole = '{"surrogate_id":"s","slr_id":"l","x":%s}'
        self.assertIsNone(code(whole % ("[" * 31 + "]" * 31)))
        self.assertEqual(code(whole % ("[" * 32 + "]" * 32)), "json_too_deep")
        self.assertEqual(code(" " * (512 * 1024 + 1)), "json_too_large")
        self.assertIsNone(code(whole % ("[" + "0," * 32763 + "0]")))
        self.assertEqual(code(whole % ("[" + "0," * 32765 + "0]")), "json_too_many")
        members = ",".join(f'"m{n}":0' for n in range(1023))
        self.assertEqual(code('{"surrogate_id":"s","slr_id":"l",' + members + "}"), "json_too_many")

    def test_messages_have_one_member(self):
        to_service = MESSAGES["to_service"]
        whole = '{"link_invitation":{"code":"c","operator_id":"o","service_id":"s"}%s'
        self.assertIsNone(code(whole % "}", to_service))
        for text, wanted in [
            ("{}", "json_shape"), ('{"other":{}}', "json_shape"), ('"link"', "json_shape"),
            ('{"link_status":{}}', "json_missing_member"), ("[]", "json_shape"), ("[", "json_shape"),
            ("null", "json_shape"), ("1", "json_shape"), ('{"link_status":[]}', "json_array_for_object"),
            (whole % ',"link":{}}', "json_shape"),
            (whole % ',"link_\\u0069nvitation":{}}', "json_duplicate_member"),
            (whole % "", "json_syntax"), (whole % ",}", "json_syntax"), (whole % "]", "json_syntax"),
            ("", "json_syntax"), ("{", "json_syntax"), ("nul", "json_syntax"), ("{1:2}", "json_syntax"),
        ]:
            self.assertEqual(code(text, to_service), wanted, text)

    def test_an_enumeration_is_a_string(self):
        status = form.one_of("Active", "Removed")
        self.assertIsNone(code('"Act\\u0069ve"', status))
        for text in ('{"Active":null}', '{"Active":', '{"Other":1}', "{}", "[]", '["Active"]', "[", "1",
                     "null", "true", '"active"'):
            self.assertEqual(code(text, status), "json_shape", text)
        for text in ("{", '{"Active', "nul", "01", "1.", '"Active', '"Active" 1', "1e999", "{1:2}"):
            self.assertEqual(code(text, status), "json_syntax", text)

    def test_a_pair_has_two_elements(self):
        pair = '[["a"],"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"%s'
        self.assertIsNone(code(pair % "]", form.names_and_hash))
        for rest in (',"x"]', ",null]", ",[]]", ",{", ",1,2]"):
            self.assertEqual(code(pair % rest, form.names_and_hash), "json_shape", rest)
        for rest in ("", ",", ",]", ",nul]", ',"x', " 1]", "}"):
            self.assertEqual(code(pair % rest, form.names_and_hash), "json_syntax", rest)

    def test_times_are_whole(self):
        for text in ("1.0", "1e3", "-1", '"1"', "253402300800"):
            self.assertEqual(code(text, form.time), "json_shape", text)
        self.assertIsNone(code("253402300799", form.time))


class Names(unittest.TestCase):
    def test_ids(self):
        for text in ("", "NULL", "nULL", "a b", 'a"', "a\\", "<", "`", "ä", "x" * 257, "a\n"):
            self.assertFalse(names.is_id(text), text)
        self.assertTrue(names.is_id("https://h.example.x#{}~"))
        self.assertFalse(names.is_kid("a/b"))

    def test_base64url_is_canonical(self):
        for text in ("QQ==", "QR", "Q", "Q+==", "QQ\n"):
            self.assertIsNone(names.decode(text), text)
        self.assertEqual(names.decode("QQ"), b"A")

    def test_addresses(self):
        for text, wanted in [
            ("https://h.example/a", None), ("https://h.example:8443/data/%C3%A5/x", None),
            ("https://h/...", None), ("https://h/a/", None), ("https://xn--4ca.b/x", None),
            ("https://H.example/a", "url_not_canonical"), ("https://h", "url_not_canonical"),
            ("https://h:443/", "url_not_canonical"), ("https://h:080/", "url_not_canonical"),
            ("https://h/%61", "url_not_canonical"), ("https://h/%aa", "url_not_canonical"),
            ("https://h/a/../b", "url_not_canonical"), ("https://h/%2E%2E/b", "url_not_canonical"),
            ("https://h\\a", "url_not_canonical"), ("https://h.1/x", "url_not_canonical"),
            ("https://0x7f.1/x", "url_not_canonical"), ("https://xn--a.b/x", "url_not_canonical"),
            ("http://h/", "url_not_https"), ("https://u@h/", "url_has_query"),
            ("https://h/?", "url_has_query"), ("https://127.0.0.1/", "url_host_not_name"),
            ("https://[::1]/x", "url_host_not_name"), ("https://h./x", "url_host_not_name"),
            ('https://a"b.example/', "url_host_not_name"), ("https://a_b/", "url_host_not_name"),
            ("https://a..b/", "url_host_not_name"), ("https://.a/", "url_host_not_name"),
            ("https://{}/", "url_host_not_name"), ("https://*.example/", "url_host_not_name"),
            ("https://-a.b/", "url_host_not_name"), ("https://a-.b/", "url_host_not_name"),
            ("https://a.b-/", "url_host_not_name"), ("https://./", "url_host_not_name"),
            (f"https://{'a' * 63}/", None), (f"https://{'a' * 64}/", "url_host_not_name"),
            (f"https://{('a' * 63 + '.') * 3 + 'a' * 61}/", None), ("https://a-b.c--d.3com/", None),
            (f"https://{('a' * 63 + '.') * 3 + 'a' * 62}/", "url_host_not_name"),
            ("https://h/*", "url_wildcard"), ("https://h/%2F", "url_encoded_separator"),
            ("https://h//a", "url_empty_segment"),
        ]:
            self.assertEqual(names.address_fault(text), wanted, text)
        self.assertFalse(names.is_origin("https://h/"))
        self.assertTrue(names.is_origin("https://h:1"))


if __name__ == "__main__":
    unittest.main()
