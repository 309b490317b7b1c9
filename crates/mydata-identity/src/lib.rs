//! Who a resident is, proven: an access token of an identity provider, verified.
