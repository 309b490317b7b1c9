//! Certificates: what a listener shows, whom it asks, and whom a client trusts.

use super::check::Check;
use super::file;
use super::{ConfigRefusal, TlsFiles};
use crate::template::Base;
use mydata::core::crypto::Sha256;
use mydata::core::id::OperatorId;
use mydata_http::tls::{TlsClient, TlsRefusal, Trust, thumbprint};
use std::collections::BTreeMap;

impl Check<'_, '_> {
    /// A certificate and the key that belongs to it.
    fn certificate(&mut self, files: &file::Certificate) -> Option<TlsFiles> {
        self.opened((&files.certificate, &files.key), None)
    }

    /// The same of a listener, which may ask its clients for one.
    pub(super) fn shown(&mut self, files: &file::Shown) -> Option<TlsFiles> {
        self.opened((&files.certificate, &files.key), files.clients.as_ref())
    }

    fn opened(
        &mut self,
        (certificate, key): (&file::Text, &file::Text),
        clients: Option<&file::Text>,
    ) -> Option<TlsFiles> {
        let shown = (self.octets(certificate), self.octets(key));
        let roots = clients.map(|file| self.octets(file));
        let read = TlsFiles {
            certificate: shown.0?,
            key: shown.1?,
            clients: roots.map_or(Some(None), |roots| roots.map(Some))?,
        };
        let Err(refusal) = read.open() else {
            return Some(read);
        };
        let (at, told) = match (refusal, clients) {
            (TlsRefusal::Roots, Some(clients)) => {
                (clients, "there is no root certificate in PEM to trust")
            }
            (TlsRefusal::Key, _) => (
                key,
                "there is no such certificate or key in PEM, or they do not belong together",
            ),
            (TlsRefusal::Certificate | TlsRefusal::Roots | TlsRefusal::System | _, _) => (
                certificate,
                "there is no such certificate or key in PEM, or they do not belong together",
            ),
        };
        self.faults.add(at.span(), ConfigRefusal::File, told);
        None
    }

    /// The thumbprint of the certificate in a file.
    pub(super) fn thumbprint(&mut self, file: &file::Text) -> Option<Sha256> {
        let told = "the file is not a certificate in PEM";
        self.of_file(file, |pem| thumbprint(pem).ok(), told)
    }

    /// By which certificates operators are known: whoever asks for one knows whose it is, and whoever knows one
    /// asks for it.
    pub(super) fn certificates(&mut self, file: &file::File) -> BTreeMap<Sha256, OperatorId> {
        let clients = file
            .listen
            .tls
            .as_ref()
            .and_then(|tls| tls.clients.as_ref());
        let mut known = BTreeMap::new();
        let with = file.operators.iter();
        let with = with.filter_map(|table| Some((table, table.certificate.as_ref()?)));
        for (table, text) in with.clone() {
            let found = self.thumbprint(text);
            let id = OperatorId::parse(table.id.get_ref()).ok();
            if clients.is_none() {
                let told = "no client is asked for a certificate: `listen.tls.clients` has the roots of those that are taken";
                self.faults.add(text.span(), ConfigRefusal::Missing, told);
            }
            if let (Some(found), Some(id)) = (found, id)
                && known.insert(found, id).is_some()
            {
                let told = "this certificate is another operator's";
                self.faults.add(text.span(), ConfigRefusal::Twice, told);
            }
        }
        if let (Some(clients), None) = (clients, with.clone().next()) {
            let told = "nobody's certificate is known: `certificate` of an operator";
            self.faults
                .add(clients.span(), ConfigRefusal::Missing, told);
        }
        known
    }

    /// Whom an upstream's client trusts, and what it shows.
    pub(super) fn client(
        &mut self,
        table: &file::Upstream,
        base: &Base,
    ) -> Option<Option<TlsClient>> {
        let roots = table.roots.as_ref().map(|file| (file, self.octets(file)));
        let shows = table.shows.as_ref().map(|files| self.certificate(files));
        if !base.is_tls() {
            let file = table
                .roots
                .as_ref()
                .or(table.shows.as_ref().map(|files| &files.certificate));
            if let Some(file) = file {
                let told = "certificates are for an address with `https`";
                self.faults.add(file.span(), ConfigRefusal::Value, told);
            }
            return Some(None);
        }
        let trust = match &roots {
            None => Trust::System,
            Some((_, octets)) => Trust::Roots(octets.as_ref()?),
        };
        let client = match &shows {
            None => TlsClient::new(trust),
            Some(files) => TlsClient::with_certificate(trust, files.as_ref()?.identity()),
        };
        if client.is_err() {
            let at = roots.as_ref().map_or(&table.base, |(file, _)| file).span();
            let told = "there is no root certificate in PEM to trust, or this machine has none";
            self.faults.add(at, ConfigRefusal::File, told);
        }
        client.ok().map(Some)
    }
}
