//! The crate as its users see it: known keys and signatures, documents in and out, what must never
//! be seen, and the envelope of `mydata-core` under real keys.

#[cfg(test)]
mod backends;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod envelope;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod known;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod secrecy;
#[cfg(test)]
mod speccheck;
#[cfg(test)]
mod support;
#[cfg(test)]
mod vault;
#[cfg(test)]
mod vault_known;
#[cfg(test)]
mod wycheproof;
