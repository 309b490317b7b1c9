//! The runner before a service over TLS: whose certificate it takes, and what it says of the others.

use crate::clinic::{self, AINO, Clinic};
use crate::runner::{issuer, words, written};
use axum::Router;
use mydata_http::ops::Shutdown;
use mydata_http::rights::RightsOptions;
use mydata_http::tls::{Identity, Tls};
use mydata_http::{Limits, Server};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, date_time_ymd,
};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;

/// Whoever vouches for certificates, and the file in which it stands.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    /// Of this name, in a file of that name.
    pub(crate) fn new(name: &str, file: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        let file = format!("rights-{file}-{}.pem", std::process::id());
        let file = std::env::temp_dir().join(file);
        std::fs::write(&file, issuer.pem()).unwrap();
        Self { issuer, file }
    }

    pub(crate) fn file(&self) -> &str {
        self.file.to_str().unwrap()
    }

    /// Serves below `/gdpr` as somebody of this name, whose certificate ends with a year.
    pub(crate) async fn serve(&self, name: &str, until: i32, router: Router) -> SocketAddr {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 12, 31);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &*self.issuer).unwrap().pem();
        let identity = Identity {
            certificates: certificate.as_bytes(),
            key: &key.serialize_pem().into_bytes(),
        };
        // Who examines is refused often, and is no attacker.
        let limits = Limits {
            refusals: None,
            ..Limits::default()
        };
        let server = Server::new(limits).with_tls(Tls::new(identity).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().nest("/gdpr", router);
        tokio::spawn(async move { server.run(listener, router, &Shutdown::new()).await });
        address
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.file));
    }
}

const GOOD: i32 = 2090;

#[tokio::test(flavor = "multi_thread")]
async fn our_adapter_passes_every_check_over_tls() {
    let (issuer, ours) = (issuer(), Authority::new("town", "ours"));
    let rights = clinic::rights(Clinic::new(), &issuer, RightsOptions::default());
    let address = ours.serve("127.0.0.1", GOOD, rights.router()).await;
    let url = format!("https://{address}/gdpr/$user_uuid");
    let more = ["--erase", "--alg", "ES256", "--ca", ours.file()];
    let (status, told) = written(words(&url, &issuer, &more)).await;
    assert_eq!(status, 0, "{told}");
    let all = "75 passed, 0 failed, 0 not examined\n";
    assert!(told.ends_with(all), "{told}");
    assert!(!rights.data().has(AINO));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_show_who_it_is_is_not_examined() {
    let issuer = issuer();
    let (ours, theirs) = (
        Authority::new("town", "one"),
        Authority::new("land", "other"),
    );
    let namesake = Authority::new("town", "namesake");
    let rights = clinic::rights(Clinic::new(), &issuer, RightsOptions::default());
    let good = ours.serve("127.0.0.1", GOOD, rights.router()).await;
    let other = ours.serve("clinic.example", GOOD, rights.router()).await;
    let old = ours.serve("127.0.0.1", 2021, rights.router()).await;
    let plain = clinic::serve(rights.router()).await;
    let nothing = std::env::temp_dir().join(format!("rights-none-{}.pem", std::process::id()));
    std::fs::write(&nothing, "nothing").unwrap();
    let nothing = nothing.to_str().unwrap();
    for (address, ca, why) in [
        (good, theirs.file(), "is under no root that is trusted here"),
        (
            good,
            namesake.file(),
            "is under no root that is trusted here",
        ),
        (other, ours.file(), "does not name the host"),
        (old, ours.file(), "has expired"),
        (plain, ours.file(), "speaks no TLS"),
        (good, nothing, "no certificate in PEM"),
        (good, "/no/such/file", "--ca /no/such/file: "),
    ] {
        let url = format!("https://{address}/gdpr/$user_uuid");
        let more = ["--erase", "--alg", "ES256", "--ca", ca];
        let (status, told) = written(words(&url, &issuer, &more)).await;
        assert_eq!(status, 2, "{told}");
        assert!(told.contains(why), "{why}: {told}");
    }
    std::fs::remove_file(nothing).unwrap();
    assert!(rights.data().log.rows().is_empty() && rights.data().has(AINO));
}

/// Who answers without TLS where TLS is asked for hears no token: it hangs up, and that is told.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_before_it_is_seen_who_is_there() {
    let (issuer, ours) = (issuer(), Authority::new("town", "quiet"));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut heard = Vec::new();
        // How the runner hangs up is its own affair.
        drop(std::io::Read::read_to_end(&mut stream, &mut heard));
        heard
    });
    let url = format!("https://{address}/gdpr/$user_uuid");
    let more = ["--alg", "ES256", "--ca", ours.file()];
    let (status, told) = written(words(&url, &issuer, &more)).await;
    assert_eq!(
        (status, told.contains("speaks no TLS")),
        (2, true),
        "{told}"
    );
    let heard = heard.join().unwrap();
    let heard = String::from_utf8_lossy(&heard);
    assert!(!heard.is_empty() && !heard.contains("Bearer") && !heard.contains(AINO));
}
