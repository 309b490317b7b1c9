//! `mydata key`: new keys, and the public half of keys.

use crate::args::{KeyArguments, KeyCommand, NewArguments};
use crate::finding::{Fault, Finding};
use crate::input;
use crate::keys::{private, with_kid};
use crate::paper::{Answer, Ink, Page};
use mydata::core::crypto::Signer as _;
use mydata::core::id::KeyId;
use mydata::core::json::{Limits, from_slice};
use mydata::core::jwk::{KeyRefusal, KeySet, PublicKey};
use mydata::keys::{PrivateKey, Ring};
use serde_json::{Value, json};

pub(crate) fn run(command: &KeyCommand) -> Result<Answer, Fault> {
    match command {
        KeyCommand::New(arguments) => new(arguments),
        KeyCommand::Public(arguments) => {
            let keys = Given::read(arguments)?;
            let json = keys.json();
            let mut page = Page::default();
            page.line(Ink::Plain, &json.to_string());
            Ok(Answer::valid(page, json!({ "public": json })))
        }
        KeyCommand::Thumbprint(arguments) => {
            let keys = Given::read(arguments)?;
            let mut page = Page::default();
            for key in keys.all() {
                page.put(Ink::Plain, &key.thumbprint(&Ring).to_base64url());
                page.line(Ink::Faint, &format!("  {}", key.kid()));
            }
            let keys = keys.all().into_iter().map(|key| {
                json!({ "kid": key.kid(), "thumbprint": key.thumbprint(&Ring).to_base64url() })
            });
            Ok(Answer::valid(
                page,
                json!({ "keys": keys.collect::<Value>() }),
            ))
        }
    }
}

/// A key id from the command line.
pub(crate) fn kid(text: Option<&String>) -> Result<Option<KeyId>, Fault> {
    let kid = text.map(|text| KeyId::parse(text)).transpose();
    kid.map_err(|_| Fault::usage(format!("--kid: {}", KeyRefusal::KidInvalid)))
}

fn new(arguments: &NewArguments) -> Result<Answer, Fault> {
    if arguments.out.is_none() && !arguments.print_private {
        return Err(Fault::usage(
            "--out FILE says where to write the private key; it is printed only with --print-private",
        ));
    }
    let failed = |error: mydata::core::crypto::NoRandomness| Fault::usage(error.to_string());
    let wanted = kid(arguments.kid.as_ref())?;
    let nameless = KeyId::parse("new").map_err(|error| Fault::refused(&error))?;
    let key = PrivateKey::generate(wanted.clone().unwrap_or(nameless), arguments.alg.into());
    let key = key.map_err(failed)?;
    let key = match wanted {
        Some(_) => key,
        None => {
            let name = key.public().thumbprint(&Ring).to_base64url();
            let kid = KeyId::parse(&name).map_err(|error| Fault::refused(&error))?;
            let named = PrivateKey::from_pkcs8(kid, key.to_pkcs8().expose());
            named.map_err(|refusal| Fault::refused(&refusal))?
        }
    };
    let public: Value = serde_json::to_value(key.public()).unwrap_or_default();
    let jwk = key.to_jwk();
    let mut page = Page::default();
    let Some(path) = &arguments.out else {
        // Asked for by name: the one place where a private key is printed.
        page.line(Ink::Plain, &String::from_utf8_lossy(jwk.expose()));
        let private = serde_json::from_slice(jwk.expose()).unwrap_or(Value::Null);
        return Ok(Answer::valid(page, json!({ "private": private })));
    };
    input::write_secret(path, jwk.expose(), arguments.force)?;
    page.line(Ink::Plain, &public.to_string());
    Ok(Answer {
        note: format!("mydata: the private key is in {}", path.display()),
        ..Answer::valid(
            page,
            json!({ "public": public, "file": path.display().to_string() }),
        )
    })
}

/// The public half of what a file has.
enum Given {
    One(PublicKey),
    Set(KeySet),
}

impl Given {
    fn read(arguments: &KeyArguments) -> Result<Self, Fault> {
        let octets = input::read(&arguments.file)?;
        let kid = kid(arguments.kid.as_ref())?;
        let document: Option<Value> = from_slice(octets.trim_ascii(), Limits::RECORD).ok();
        match document.as_ref().and_then(|value| value.get("keys")) {
            Some(keys) => {
                let keys = keys.as_array().map(Vec::as_slice).unwrap_or_default();
                let keys: Result<Vec<_>, _> = keys
                    .iter()
                    .enumerate()
                    .map(|(at, key)| {
                        public(key.to_string().as_bytes(), None)
                            .map_err(|found| found.at(&format!("/keys/{at}")))
                    })
                    .collect();
                let set = keys
                    .and_then(|keys| KeySet::new(keys).map_err(|refusal| Finding::of(&refusal)));
                set.map(Self::Set)
            }
            None => public(&octets, kid.as_ref()).map(Self::One),
        }
        .map_err(|finding| Fault::Refused(vec![finding]))
    }

    fn all(&self) -> Vec<&PublicKey> {
        match self {
            Self::One(key) => vec![key],
            Self::Set(set) => set.iter().collect(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::One(key) => serde_json::to_value(key),
            Self::Set(set) => serde_json::to_value(set),
        }
        .unwrap_or_default()
    }
}

/// The public key, whichever half is there.
fn public(octets: &[u8], kid: Option<&KeyId>) -> Result<PublicKey, Finding> {
    let text = std::str::from_utf8(octets).unwrap_or_default();
    let is_jwk = text.trim_start().starts_with('{');
    if is_jwk {
        match PublicKey::from_jwk(with_kid(text, kid).as_bytes()) {
            Err(KeyRefusal::Private) => {}
            public => return public.map_err(|refusal| Finding::of(&refusal)),
        }
    }
    let key = private(octets, kid).map_err(|refusal| Finding::of(&refusal))?;
    Ok(key.public().clone())
}
