//! Operations: each is a row, out of which come its route and its place in the OpenAPI document, so that
//! neither can be without the other.

use crate::operator::{no_such_method, nothing_here};
use crate::ops::Operating;
use crate::residents::{unknown_method, unknown_path};
use axum::Router;
use axum::handler::Handler;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// What a body looks like.
pub(crate) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// The shape of a `T`, by its name in the document.
pub(crate) const fn shape<T: JsonSchema>() -> Shape {
    |schemas| schemas.subschema_for::<T>()
}

/// How a caller proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A service or an operator: a signed request (guide 8.6).
    Party,
    /// A resident: an access token of the city's identity provider.
    Resident,
    /// Staff, or who has registered a service.
    Staff,
    /// A security server, by the channel.
    Channel,
    /// Nobody needs to.
    Open,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }

    const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// A value of the query or of a header.
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) what: &'static str,
    pub(crate) shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Query,
    /// A header that must be there.
    Header,
}

impl Parameter {
    /// A value of the query that may be left out.
    pub(crate) const fn query<T: JsonSchema>(name: &'static str, what: &'static str) -> Self {
        Self {
            name,
            place: Place::Query,
            what,
            shape: shape::<T>(),
        }
    }

    /// A header that must be there.
    pub(crate) const fn header<T: JsonSchema>(name: &'static str, what: &'static str) -> Self {
        Self {
            place: Place::Header,
            ..Self::query::<T>(name, what)
        }
    }
}

/// A body that goes in or comes out.
#[derive(Clone, Copy)]
pub(crate) struct Body {
    pub(crate) media: &'static str,
    pub(crate) shape: Shape,
}

/// What can be asked for at one path by one method.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) verb: Verb,
    pub(crate) path: &'static str,
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) parameters: &'static [Parameter],
    pub(crate) takes: Option<Body>,
    pub(crate) status: u16,
    pub(crate) gives: Option<Body>,
    pub(crate) proof: Option<Proof>,
}

impl Operation {
    const fn new(
        verb: Verb,
        path: &'static str,
        (id, summary): (&'static str, &'static str),
        status: u16,
    ) -> Self {
        Self {
            verb,
            path,
            id,
            summary,
            parameters: &[],
            takes: None,
            status,
            gives: None,
            proof: None,
        }
    }

    /// Reads something: 200.
    pub(crate) const fn get(path: &'static str, told: (&'static str, &'static str)) -> Self {
        Self::new(Verb::Get, path, told, 200)
    }

    /// Brings something: 201 with no body, unless [`gives`](Self::gives) says another.
    pub(crate) const fn post(path: &'static str, told: (&'static str, &'static str)) -> Self {
        Self::new(Verb::Post, path, told, 201)
    }

    pub(crate) const fn put(path: &'static str, told: (&'static str, &'static str)) -> Self {
        Self::new(Verb::Put, path, told, 201)
    }

    pub(crate) const fn patch(path: &'static str, told: (&'static str, &'static str)) -> Self {
        Self::new(Verb::Patch, path, told, 201)
    }

    pub(crate) const fn delete(path: &'static str, told: (&'static str, &'static str)) -> Self {
        Self::new(Verb::Delete, path, told, 204)
    }

    /// With values in the query or in headers.
    pub(crate) const fn with(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    /// With a JSON body.
    pub(crate) const fn takes<T: JsonSchema>(self) -> Self {
        self.takes_as::<T>("application/json")
    }

    /// With a body of this media type.
    pub(crate) const fn takes_as<T: JsonSchema>(mut self, media: &'static str) -> Self {
        self.takes = Some(Body {
            media,
            shape: shape::<T>(),
        });
        self
    }

    /// Answered with this status and a JSON body.
    pub(crate) const fn gives<T: JsonSchema>(self, status: u16) -> Self {
        self.gives_as::<T>(status, "application/json")
    }

    /// Answered with this status and a body of this media type.
    pub(crate) const fn gives_as<T: JsonSchema>(
        mut self,
        status: u16,
        media: &'static str,
    ) -> Self {
        self.status = status;
        self.gives = Some(Body {
            media,
            shape: shape::<T>(),
        });
        self
    }

    /// Answered with this status and nothing else.
    pub(crate) const fn answered(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Proven otherwise than the rest of the API.
    pub(crate) const fn proven(mut self, proof: Proof) -> Self {
        self.proof = Some(proof);
        self
    }
}

/// Operations that are served together.
pub(crate) struct Api<S> {
    router: Router<S>,
    operations: Vec<Operation>,
}

impl<S: Clone + Send + Sync + 'static> Api<S> {
    pub(crate) fn new() -> Self {
        Self {
            router: Router::new(),
            operations: Vec::new(),
        }
    }

    /// One more operation.
    pub(crate) fn on<T: 'static>(
        mut self,
        operation: Operation,
        handler: impl Handler<T, S>,
    ) -> Self {
        let name = Operating(operation.id);
        let named = map_response(move |mut response: Response| {
            response.extensions_mut().insert(name);
            std::future::ready(response)
        });
        let route = on(operation.verb.filter(), handler).layer(named);
        self.router = self.router.route(operation.path, route);
        self.operations.push(operation);
        self
    }

    /// The routes. What is at no path, or has no such method, is a problem document.
    pub(crate) fn serve(self, state: S) -> Router {
        self.router
            .fallback(nothing_here)
            .method_not_allowed_fallback(no_such_method)
            .with_state(state)
    }

    /// The same for people: what is at no path is told with words.
    pub(crate) fn serve_to_people(self, state: S) -> Router {
        self.router
            .fallback(unknown_path)
            .method_not_allowed_fallback(unknown_method)
            .with_state(state)
    }

    pub(crate) fn operations(self) -> Vec<Operation> {
        self.operations
    }
}
