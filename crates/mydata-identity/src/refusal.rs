use mydata_core::refusals;

refusals! {
    /// Why a token proves nobody, in the order of the checks. For logs: a bearer hears less.
    pub enum IdentityRefusal {
        Malformed = "identity_malformed": "not a token of at most 16 KiB in three parts of canonical base64url with strict JSON in the first two",
        Alg = "identity_alg": "`alg` is not RS256, ES256, EdDSA or Ed25519",
        Typ = "identity_typ": "the `typ` of the header is not JWT or at+jwt",
        Header = "identity_header": "the header has `crit`, `b64` or `cty`, or brings or names a key by other means than `kid`",
        Kid = "identity_kid": "there is no `kid`, or the provider publishes no key of this id that may be used",
        AlgMismatch = "identity_alg_mismatch": "`alg` is not the algorithm of the key",
        Signature = "identity_signature": "the signature does not verify",
        Issuer = "identity_issuer": "`iss` is not the provider",
        Audience = "identity_audience": "`aud` does not have our audience, or is not a text or a list of at most 16",
        Client = "identity_client": "`azp` is none of the clients that may present a token here",
        Expired = "identity_expired": "`exp` is missing, is no whole number of seconds, or is past",
        NotYet = "identity_not_yet": "`nbf` or `iat` is ahead, or is no whole number of seconds",
        TooLong = "identity_too_long": "the token lives longer than is taken here, or `iat` does not say since when",
        NotAccess = "identity_not_access": "it is no access token: an ID, refresh or logout token, or of another kind",
        Bound = "identity_bound": "the token is bound to a key of its client, and comes as a bearer's",
        Subject = "identity_subject": "`sub` is not 1 to 255 visible ASCII characters",
        Assurance = "identity_assurance": "the resident has not been identified as well as this needs",
        TooOld = "identity_too_old": "the resident has not been identified as lately as this needs",
    }
}

refusals! {
    /// Why a provider cannot be set up, or what it publishes cannot be used.
    pub enum ProviderRefusal {
        Issuer = "provider_issuer": "the issuer is not an address with https, or with http on the loopback, without query and fragment",
        Audience = "provider_audience": "the audience is not 1 to 255 visible ASCII characters",
        Leeway = "provider_leeway": "the leeway is more than a minute",
        Longest = "provider_longest": "no token lives at all, or one for longer than a day",
        KeysShape = "provider_keys_shape": "the document is not a JWK Set of at most 256 KiB",
        KeysMany = "provider_keys_many": "the set has more than 64 keys",
        KeysNone = "provider_keys_none": "the set has no key that may be used",
        KidTwice = "provider_kid_twice": "two keys of the set have one `kid`",
    }
}
