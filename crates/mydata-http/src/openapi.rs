//! What is served, for programs that read (OpenAPI 3.1): written out of the rows that make the routes, with
//! the JSON Schemas of the types that the handlers read and write.

use crate::operator::operator_operations;
use crate::problem::{Fault, Words};
use crate::registry::registry_operations;
use crate::residents::resident_operations;
use crate::route::{Body, Operation, Parameter, Place, Proof};
use crate::service::service_operations;
use crate::usage::usage_operations;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// An API of this crate: [`document`](Self::document) is what `spec/openapi` has of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Api {
    /// The operator's, for services.
    Operator,
    /// A service's, for its operators.
    Service,
    /// The registry's.
    Registry,
    /// The operator's, for residents.
    Residents,
    /// Who has used a person's data, for security servers.
    Usage,
}

impl Api {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Operator,
        Self::Service,
        Self::Registry,
        Self::Residents,
        Self::Usage,
    ];

    /// The name of its document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Service => "service",
            Self::Registry => "registry",
            Self::Residents => "residents",
            Self::Usage => "usage",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Operator => "MyData operator, for services",
            Self::Service => "MyData service, for operators",
            Self::Registry => "MyData service registry",
            Self::Residents => "MyData operator, for residents",
            Self::Usage => "Usage of a person's data, for Data Tracker",
        }
    }

    const fn proof(self) -> Proof {
        match self {
            Self::Operator | Self::Service => Proof::Party,
            Self::Registry => Proof::Staff,
            Self::Residents => Proof::Resident,
            Self::Usage => Proof::Channel,
        }
    }

    fn operations(self) -> Vec<Operation> {
        match self {
            Self::Operator => operator_operations(),
            Self::Service => service_operations(),
            Self::Registry => registry_operations(),
            Self::Residents => resident_operations(),
            Self::Usage => usage_operations(),
        }
    }

    /// The OpenAPI document.
    #[must_use]
    pub fn document(self) -> Value {
        let settings = SchemaSettings::draft2020_12();
        let settings = settings.with(|s| s.definitions_path = "/components/schemas".into());
        let mut schemas = SchemaGenerator::new(settings);
        let mut paths = Map::new();
        for operation in self.operations() {
            let path = paths.entry(operation.path).or_insert_with(|| json!({}));
            if let Some(path) = path.as_object_mut() {
                let written = write(&operation, self.proof(), &mut schemas);
                path.insert(operation.verb.name().to_owned(), written);
            }
        }
        let problem = schemas.subschema_for::<ProblemDocument>();
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": self.title(),
                "version": env!("CARGO_PKG_VERSION"),
                "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            },
            "paths": paths,
            "components": {
                "schemas": schemas.take_definitions(true),
                "responses": { "Problem": {
                    "description": "Why not (RFC 9457)",
                    "content": { "application/problem+json": { "schema": problem } },
                } },
                "securitySchemes": schemes(),
            },
        })
    }
}

/// As [`Problem`](crate::Problem) is written.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
struct ProblemDocument {
    r#type: String,
    title: String,
    status: u16,
    /// Stable: `spec/codes.md` has all of them.
    code: String,
    /// What to do next.
    next: String,
    /// For a resident.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Words>,
    /// Everything that is wrong at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    faults: Option<Vec<Fault>>,
}

fn schemes() -> Value {
    json!({
        "party": {
            "type": "apiKey", "in": "header", "name": "Authorization",
            "description": "`PoP` and a JWS of type `mydata-party+pop` over method, path, query, headers and \
                body, by a key that the receiver has bound to the sender (spec/guide, 8.6)",
        },
        "resident": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An access token of the city's identity provider",
        },
        "staff": {
            "type": "http", "scheme": "bearer",
            "description": "Staff, or who has registered the service",
        },
        "channel": {
            "type": "mutualTLS",
            "description": "A security server, known by its channel",
        },
    })
}

const fn scheme(proof: Proof) -> Option<&'static str> {
    match proof {
        Proof::Party => Some("party"),
        Proof::Resident => Some("resident"),
        Proof::Staff => Some("staff"),
        Proof::Channel => Some("channel"),
        Proof::Open => None,
    }
}

fn write(operation: &Operation, proof: Proof, schemas: &mut SchemaGenerator) -> Value {
    let proof = operation.proof.unwrap_or(proof);
    let security: Vec<Value> = scheme(proof)
        .map(|name| json!({ name: [] }))
        .into_iter()
        .collect();
    let mut answer =
        json!({ "description": if operation.gives.is_some() { "As asked for" } else { "Done" } });
    if let (Some(gives), Some(answer)) = (&operation.gives, answer.as_object_mut()) {
        answer.insert("content".to_owned(), content(gives, schemas));
    }
    let mut parameters: Vec<Value> = of_path(operation.path).collect();
    for parameter in operation.parameters {
        parameters.push(write_parameter(parameter, schemas));
    }
    let mut written = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "security": security,
        "responses": {
            operation.status.to_string(): answer,
            "default": { "$ref": "#/components/responses/Problem" },
        },
    });
    if let Some(written) = written.as_object_mut() {
        if !parameters.is_empty() {
            written.insert("parameters".to_owned(), parameters.into());
        }
        if let Some(takes) = &operation.takes {
            let body = json!({ "required": true, "content": content(takes, schemas) });
            written.insert("requestBody".to_owned(), body);
        }
    }
    written
}

fn content(body: &Body, schemas: &mut SchemaGenerator) -> Value {
    json!({ body.media: { "schema": (body.shape)(schemas) } })
}

/// The names in braces.
fn of_path(path: &str) -> impl Iterator<Item = Value> {
    let names = path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next());
    names.map(|name| {
        json!({
            "name": name,
            "in": "path",
            "required": true,
            "schema": { "type": "string", "minLength": 1 },
        })
    })
}

fn write_parameter(parameter: &Parameter, schemas: &mut SchemaGenerator) -> Value {
    let (place, is_required) = match parameter.place {
        Place::Query => ("query", false),
        Place::Header => ("header", true),
    };
    json!({
        "name": parameter.name,
        "in": place,
        "required": is_required,
        "description": parameter.what,
        "schema": (parameter.shape)(schemas),
    })
}
