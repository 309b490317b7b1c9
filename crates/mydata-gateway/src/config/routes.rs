//! The routes: what each serves, asks behind, and passes on.

use super::check::Check;
use super::file::{self, File};
use super::{ConfigRefusal, RouteConfig};
use crate::pass::{Kind, PassRules};
use crate::select::{PathRefusal, Selection};
use crate::template::{Template, TemplateRefusal, is_name};
use mydata::core::id::DatasetId;
use mydata::core::resource::{Origin, ResourceUrl};
use mydata::record::description::ServiceDescription;
use mydata_http::binding;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Octets of an answer from behind.
const BODY: u64 = 8 * 1024 * 1024;

/// Names by which systems know whose data is asked for: no caller may set one.
const OF_PERSONS: [&str; 14] = [
    "child", "customer", "id", "person", "personid", "resident", "ssn", "sub", "subject", "uid",
    "user", "userid", "username", "uuid",
];

type Service<'s> = (Option<&'s Origin>, Option<&'s ServiceDescription>);

pub(super) fn routes(
    check: &mut Check<'_, '_>,
    file: &File,
    service: Service<'_>,
) -> BTreeMap<ResourceUrl, RouteConfig> {
    let mut all = BTreeMap::new();
    for table in &file.routes {
        let url = address(check, table, service);
        let route = route(check, table, file);
        if let (Some(url), Some(route)) = (url, route)
            && all.insert(url, route).is_some()
        {
            let told = "there is a route at this address already";
            check
                .faults
                .add(table.path.span(), ConfigRefusal::Twice, told);
        }
    }
    if file.routes.is_empty() {
        let told = "there is no route: nothing would be served";
        check.faults.add(0..0, ConfigRefusal::Missing, told);
    }
    all
}

/// Where it is served: the dataset's distribution, and no address of the protocol's.
fn address(
    check: &mut Check<'_, '_>,
    table: &file::Route,
    (origin, description): Service<'_>,
) -> Option<ResourceUrl> {
    let origin = origin?;
    let told = "this is not a canonical path";
    let rule = (ConfigRefusal::Address, told);
    let url = check.read(&table.path, |path| origin.at(path).ok(), rule)?;
    if binding::OF_SERVICE.contains(&url.path()) {
        let told = "at this path the operator's messages are taken";
        check
            .faults
            .add(table.path.span(), ConfigRefusal::Twice, told);
    }
    let description = description?;
    let id = DatasetId::parse(table.dataset.get_ref()).ok();
    let dataset = id.and_then(|id| description.dataset(&id));
    let mut urls = dataset
        .into_iter()
        .flat_map(|dataset| &dataset.distribution);
    if !urls.any(|place| {
        description
            .distribution_url(place)
            .is_ok_and(|found| found == url)
    }) {
        let refusal = ConfigRefusal::Dataset;
        check
            .faults
            .add(table.dataset.span(), refusal, refusal.text());
    }
    Some(url)
}

fn route(check: &mut Check<'_, '_>, table: &file::Route, file: &File) -> Option<RouteConfig> {
    let rule = (ConfigRefusal::Value, "this is not the id of a dataset");
    let dataset = check.read(&table.dataset, |text| DatasetId::parse(text).ok(), rule);
    let name = table.upstream.get_ref();
    if !file.upstreams.contains_key(name.as_str()) {
        let told = "there is no upstream of this name";
        check
            .faults
            .add(table.upstream.span(), ConfigRefusal::Reference, told);
    }
    let template = template(check, table);
    let pass = pass(check, table);
    let fields = fields(check, table);
    let types = types(check, table, fields.as_ref());
    let body_limit = check.size(table.body_limit.as_ref(), BODY);
    let rate = check.rate(table.rate.as_ref());
    Some(RouteConfig {
        dataset: dataset?,
        upstream: name.clone(),
        template: template?,
        pass,
        fields: fields?,
        types,
        body_limit,
        rate,
    })
}

fn template(check: &mut Check<'_, '_>, table: &file::Route) -> Option<Template> {
    let request = &table.request;
    let (mut template, mut is_good) = (Template::default(), true);
    let mut put = |at: std::ops::Range<usize>,
                   put: &dyn Fn(&mut Template) -> Result<(), TemplateRefusal>| {
        if let Err(refusal) = put(&mut template) {
            check
                .faults
                .add(at, ConfigRefusal::Template, refusal.text());
            is_good = false;
        }
    };
    let path = &request.path;
    put(path.span(), &|template| template.set_path(path.get_ref()));
    for (name, value) in &request.query {
        put(value.span(), &|template| {
            template.add_query(name.get_ref(), value.get_ref())
        });
    }
    for (name, value) in &request.headers {
        put(value.span(), &|template| {
            template.add_header(name.get_ref(), value.get_ref())
        });
    }
    if !is_good {
        return None;
    }
    match (template.names_subject(), table.without_subject) {
        (false, false) => {
            let told = "`{subject}` is in no path, query or header of the upstream's request; where that is meant, `without_subject = true`";
            check.faults.add(path.span(), ConfigRefusal::Subject, told);
        }
        (true, true) => {
            let told = "`without_subject` stands beside a `{subject}`";
            check.faults.add(path.span(), ConfigRefusal::Subject, told);
        }
        (true, false) | (false, true) => {}
    }
    Some(template)
}

fn pass(check: &mut Check<'_, '_>, table: &file::Route) -> PassRules {
    let mut rules = PassRules::default();
    for (name, kind) in &table.pass.query {
        let rule = (
            ConfigRefusal::Value,
            "this is not `integer`, `date`, `datetime` or `word`",
        );
        let kind = check.read(kind, Kind::parse, rule);
        let text = name.get_ref();
        let folded: String = text.to_ascii_lowercase().replace(['-', '_', '.'], "");
        let of_template = |(fixed, _): (&file::Text, _)| fixed.get_ref().eq_ignore_ascii_case(text);
        let told = if !is_name(text) {
            "this is not a name of 1 to 64 letters, digits and `-_.`"
        } else if table.request.query.iter().any(of_template) {
            "the upstream's request sets this parameter: no caller may set it too"
        } else if OF_PERSONS.contains(&&*folded) {
            "by this name systems know whose data is asked for: no caller may set it"
        } else {
            if let Some(kind) = kind {
                rules.add(text, kind);
            }
            continue;
        };
        check.faults.add(name.span(), ConfigRefusal::Pass, told);
    }
    rules
}

fn fields(check: &mut Check<'_, '_>, table: &file::Route) -> Option<Option<Arc<Selection>>> {
    let fields = table.fields.get_ref();
    if let [all] = &fields[..]
        && all.get_ref() == "*"
    {
        return Some(None);
    }
    let told = |check: &mut Check<'_, '_>, at, refusal: PathRefusal| {
        check.faults.add(at, ConfigRefusal::Fields, refusal.text());
    };
    // Each alone first, so that it is known which is at fault.
    let mut is_good = true;
    for field in fields {
        if let Err(refusal) = Selection::parse([field.get_ref().as_str()]) {
            told(check, field.span(), refusal);
            is_good = false;
        }
    }
    let whole = Selection::parse(fields.iter().map(|field| field.get_ref().as_str()));
    match whole {
        Ok(selection) => Some(Some(Arc::new(selection))),
        Err(refusal) => {
            if is_good {
                told(check, table.fields.span(), refusal);
            }
            None
        }
    }
}

/// What an answer may be; a selection can be made of JSON only.
fn types(
    check: &mut Check<'_, '_>,
    table: &file::Route,
    fields: Option<&Option<Arc<Selection>>>,
) -> Vec<String> {
    let is_json = |kind: &str| kind == "application/json" || kind.ends_with("+json");
    let of_type = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"/+.-".contains(&b);
    for text in &table.types {
        let kind = text.get_ref();
        let told = if !kind.bytes().all(of_type) || kind.matches('/').count() != 1 {
            "this is not a media type in lower case, without parameters"
        } else if matches!(fields, Some(Some(_))) && !is_json(kind) {
            "fields can be selected from JSON only; of anything else all is passed on: `fields = [\"*\"]`"
        } else {
            continue;
        };
        check.faults.add(text.span(), ConfigRefusal::Value, told);
    }
    let types: Vec<_> = table
        .types
        .iter()
        .map(|text| text.get_ref().clone())
        .collect();
    match types.is_empty() {
        true => vec!["application/json".to_owned()],
        false => types,
    }
}
