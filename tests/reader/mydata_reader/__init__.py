"""A second, independent reader of the protocol.

Written from spec/guide and the format of spec/vectors, and from nothing else: where it and the
implementation in Rust agree, two readings of one text agree.
"""
