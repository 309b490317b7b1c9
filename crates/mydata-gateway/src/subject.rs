//! Whose data a request behind is about: by the verified authorisation, and by nothing that a caller says.

use crate::answer::GatewayRefusal;
use mydata::core::id::SurrogateId;
use mydata::core::personal::Personal;
use mydata::token::access::Grant;
use mydata_http::{FileProgram, Happens};
use std::fmt;

/// Somebody, by the name that the system behind has for them: 1 to 256 octets, none of them a control.
#[derive(Clone, PartialEq, Eq)]
pub struct Member(Personal<Box<str>>);

impl Member {
    /// Reads a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
        fits.then(|| Self(Personal::new(text.into())))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Member(redacted)")
    }
}

/// Who is meant by a surrogate: what the service's own application has said at linking.
pub trait Members {
    /// Who it is; none where nobody has said so, or the link is over.
    fn member(&self, surrogate: &SurrogateId) -> Option<Member>;
}

impl<H: Happens> Members for FileProgram<H> {
    fn member(&self, surrogate: &SurrogateId) -> Option<Member> {
        Member::parse(Self::member(self, surrogate)?.expose())
    }
}

/// Whose data one request behind is about, and on which grant.
///
/// It is made of a [`Grant`], which it uses up, and in no other way; and a [`Template`](crate::Template) that is
/// filled uses it up. So there is one request behind for one request that was verified, about the person of
/// whose consent it is:
///
/// ```
/// # use mydata::token::access::Grant;
/// # use mydata_gateway::{GatewayRefusal, Members, Passed, Template, UpstreamRequest, UpstreamSubject};
/// fn ask(grant: Grant, members: &impl Members, template: &Template) -> Result<UpstreamRequest, GatewayRefusal> {
///     let subject = UpstreamSubject::of(grant, members)?;
///     template.fill(subject, &Passed::default())
/// }
/// ```
///
/// What a caller has sent makes none:
///
/// ```compile_fail,E0308
/// # use mydata_gateway::{GatewayRefusal, Members, Passed, Template, UpstreamRequest, UpstreamSubject};
/// fn ask(sent: &str, members: &impl Members, template: &Template) -> Result<UpstreamRequest, GatewayRefusal> {
///     let subject = UpstreamSubject::of(sent, members)?;
///     template.fill(subject, &Passed::default())
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use mydata::token::access::Grant;
/// # use mydata_gateway::{GatewayRefusal, Member, Passed, Template, UpstreamRequest, UpstreamSubject};
/// fn ask(grant: Grant, member: Member, template: &Template) -> Result<UpstreamRequest, GatewayRefusal> {
///     let subject = UpstreamSubject { grant, member };
///     template.fill(subject, &Passed::default())
/// }
/// ```
///
/// Nor does one grant make two requests:
///
/// ```compile_fail,E0382
/// # use mydata::token::access::Grant;
/// # use mydata_gateway::{GatewayRefusal, Members, Passed, Template, UpstreamRequest, UpstreamSubject};
/// fn ask(grant: Grant, members: &impl Members, template: &Template) -> Result<UpstreamRequest, GatewayRefusal> {
///     let subject = UpstreamSubject::of(grant, members)?;
///     let _first = template.fill(subject, &Passed::default())?;
///     template.fill(subject, &Passed::default())
/// }
/// ```
#[derive(Debug)]
#[must_use = "the grant is used up"]
pub struct UpstreamSubject {
    grant: Grant,
    member: Member,
}

impl UpstreamSubject {
    /// The person whose consent the grant is about.
    ///
    /// # Errors
    /// [`GatewayRefusal::NoMember`] where nobody has said who that is here.
    pub fn of(grant: Grant, members: &impl Members) -> Result<Self, GatewayRefusal> {
        let member = members.member(grant.surrogate_id());
        let member = member.ok_or(GatewayRefusal::NoMember)?;
        Ok(Self { grant, member })
    }

    pub(crate) const fn grant(&self) -> &Grant {
        &self.grant
    }

    pub(crate) fn member(&self) -> &str {
        self.member.expose()
    }
}
