//! The runner before a service over TLS: whose certificate it takes, and what it says of the others.

use crate::clinic::{self, AINO, Clinic};
use crate::papers::{Authority, GOOD, OLD, Paper};
use crate::runner::{issuer, words, written};
use axum::Router;
use mydata_http::ops::Shutdown;
use mydata_http::rights::RightsOptions;
use mydata_http::tls::Tls;
use mydata_http::{Limits, Server};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;

/// The root of an authority in a file, which is gone with the test.
struct Root(PathBuf);

impl Root {
    fn new(authority: &Authority, name: &str) -> Self {
        let file = format!("rights-{name}-{}.pem", std::process::id());
        let file = std::env::temp_dir().join(file);
        std::fs::write(&file, authority.pem()).unwrap();
        Self(file)
    }

    fn file(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// Serves below `/gdpr`, and shows this paper.
async fn serve(shows: &Paper, router: Router) -> SocketAddr {
    // Who examines is refused often, and is no attacker.
    let limits = Limits {
        refusals: None,
        ..Limits::default()
    };
    let server = Server::new(limits).with_tls(Tls::new(shows.identity()).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().nest("/gdpr", router);
    tokio::spawn(async move { server.run(listener, router, &Shutdown::new()).await });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn our_adapter_passes_every_check_over_tls() {
    let (issuer, ours) = (issuer(), Authority::new("town"));
    let root = Root::new(&ours, "ours");
    let rights = clinic::rights(Clinic::new(), &issuer, RightsOptions::default());
    let address = serve(&ours.vouch("127.0.0.1", GOOD), rights.router()).await;
    let url = format!("https://{address}/gdpr/$user_uuid");
    let more = ["--erase", "--alg", "ES256", "--ca", root.file()];
    let (status, told) = written(words(&url, &issuer, &more)).await;
    assert_eq!(status, 0, "{told}");
    let all = "75 passed, 0 failed, 0 not examined\n";
    assert!(told.ends_with(all), "{told}");
    assert!(!rights.data().has(AINO));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_show_who_it_is_is_not_examined() {
    let issuer = issuer();
    let ours = Authority::new("town");
    let root = Root::new(&ours, "one");
    let theirs = Root::new(&Authority::new("land"), "other");
    let namesake = Root::new(&Authority::new("town"), "namesake");
    let rights = clinic::rights(Clinic::new(), &issuer, RightsOptions::default());
    let router = || rights.router();
    let good = serve(&ours.vouch("127.0.0.1", GOOD), router()).await;
    let other = serve(&ours.vouch("clinic.example", GOOD), router()).await;
    let old = serve(&ours.vouch("127.0.0.1", OLD), router()).await;
    let plain = clinic::serve(router()).await;
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
        (other, root.file(), "does not name the host"),
        (old, root.file(), "has expired"),
        (plain, root.file(), "speaks no TLS"),
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
    let (issuer, root) = (issuer(), Root::new(&Authority::new("town"), "quiet"));
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
    let more = ["--alg", "ES256", "--ca", root.file()];
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
