//! The gateway as a process of its own: started, asked, signalled, killed.

use super::ground::{Ground, HEAD, LIMITS, at, listeners};
use super::{Town, logged};
use mydata::core::resource::Origin;
use mydata_http::Server;
use mydata_http::ops::Shutdown;
use mydata_http::tls::{Identity, Tls};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

/// A port that nobody has now.
pub fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

/// A process that runs, and is none any more when this is dropped.
pub struct Process {
    child: Child,
    said: BufReader<ChildStderr>,
}

impl Process {
    /// Starts it with this configuration. `trusted` are the roots of certificates that the machine is taken to
    /// have.
    pub fn start(file: &Path, trusted: Option<&Path>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mydata-gateway"));
        command.arg(file).stderr(Stdio::piped());
        if let Some(trusted) = trusted {
            command.env("SSL_CERT_FILE", trusted);
        }
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        Self { child, said }
    }

    /// Waits until somebody listens there.
    pub fn listens(&mut self, at: SocketAddr) {
        for _ in 0..400 {
            if TcpStream::connect(at).is_ok() {
                return;
            }
            if self.child.try_wait().unwrap().is_some() {
                let mut said = String::new();
                self.said.read_to_string(&mut said).unwrap();
                panic!("it has ended: {said}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not listen");
    }

    pub fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        let status = kill.arg(name).arg(self.child.id().to_string()).status();
        assert!(status.unwrap().success());
    }

    /// Reads what it says until it says this.
    pub fn until(&mut self, what: &str) -> String {
        let mut all = String::new();
        while self.said.read_line(&mut all).unwrap() > 0 {
            logged::heard(all.lines().last().unwrap());
            if all.lines().last().unwrap().contains(what) {
                return all;
            }
        }
        panic!("it never says {what}: {all}");
    }

    /// Its exit code; none where a signal has ended it.
    pub fn ended(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// KiB of memory by a row of its status: `VmRSS` now, `VmHWM` at the most so far.
    #[cfg(target_os = "linux")]
    pub fn memory(&self, row: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(row)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // What nobody has read of what it said.
        let mut rest = String::new();
        let _ = self.said.read_to_string(&mut rest);
        logged::heard(&rest);
    }
}

/// Where the files of a town with such a process are.
pub struct Place {
    pub file: PathBuf,
    /// The root of the operator's certificate.
    pub trusted: PathBuf,
}

impl Place {
    /// Starts the process, again or for the first time, and waits until it listens.
    pub fn start(&self, town: &Town) -> Process {
        let mut process = Process::start(&self.file, Some(&self.trusted));
        // Its ports are there before it has read its log.
        process.until("the gateway listens");
        process.listens(town.public);
        process.listens(town.application);
        process
    }
}

impl Town {
    /// With these upstreams and routes, and the gateway as a process, which reaches the operator over TLS as it
    /// does everywhere.
    pub async fn before_process(routes: &str) -> (Self, Place, Process) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let [over_tls] = listeners().await;
        let operator = format!("https://localhost:{}", at(&over_tls).port());
        let (public, application) = (free(), free());
        let origin = Origin::parse(&operator).unwrap();
        let ground = Ground::new(origin, (public, application), super::clock()).await;
        let text = [HEAD, routes, LIMITS, "\n[telemetry]\nlog = \"trace\"\n"].concat();
        let text = text.replacen("https://operator.example", &operator, 1);
        let listen = [("public", public), ("application", application)];
        let text = listen.iter().fold(text, |text, (name, at)| {
            let line = format!("{name} = \"127.0.0.1:0\"");
            text.replacen(&line, &format!("{name} = \"{at}\""), 1)
        });
        let place = Place {
            file: ground.configure(&text),
            trusted: ground.directory.join("trusted.pem"),
        };
        std::fs::write(&place.trusted, made.cert.pem()).unwrap();
        let (town, house) = Self::on(ground).await;
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let identity = Identity {
            certificates: certificate.as_bytes(),
            key: key.as_bytes(),
        };
        let tls = Tls::new(identity).unwrap();
        tokio::spawn(async move {
            let server = Server::new(mydata_http::Limits::default()).with_tls(tls);
            server.run(over_tls, house, &Shutdown::new()).await
        });
        let process = place.start(&town);
        (town, place, process)
    }
}
