//! Certificates: what a listener shows, whom it asks, and whom a client trusts.

use super::check::Check;
use super::file;
use super::{ConfigRefusal, TlsFiles};
use crate::template::Base;
use mydata_http::tls::{TlsClient, TlsRefusal, Trust};

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
