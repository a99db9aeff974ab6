//! Measures how much of an application's request rate remains while many clients read its page.
//!
//! ```text
//! cargo run --release -p with-page --example load         # about two minutes
//! cargo run --release -p with-page --example load -- 5    # 5 s per measurement instead of 2
//! ```
//!
//! The application serves `/work`, whose calls pass through keyed breakers, and its page. 16
//! clients request `/work` in a closed loop. Their rate is measured without readers and with 104
//! readers: 4 read the page in a closed loop, and 100 read it once a second. The two measurements
//! alternate in 7 pairs. The result is the median of the pairs' ratios. The program fails if it is
//! below 0.8.
//!
//! # Fairness
//!
//! The clients run in a separate process. They do not use the application's worker threads, and
//! their memory does not count as the application's. They still share the processors, which the
//! clients of `/work` keep busy. The work of the readers themselves therefore also lowers the rate.
//!
//! Readers have a cost whatever they read. The second ratio measures it: the readers read a static
//! text of the same length as fast as they can. The page must cost less than that. It does, because
//! it makes a reader in a closed loop wait. The number of texts read per second shows that the
//! other readers are served.

use std::error::Error;
use std::fmt;
use std::io;
use std::process::{ExitCode, Stdio};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::routing::get;
use axum::serve::ListenerExt;
use retry_utils::page::Page;
use retry_utils::{CircuitBreakers, registry};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::sleep;

const PAIRS: usize = 7;
const CLIENTS: usize = 16;
const READERS_IN_A_LOOP: usize = 4;
const READERS_EACH_SECOND: u32 = 100;
const LEAST_RATIO: f64 = 0.8;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [serve, breakers] if serve == "serve" => serve_forever(breakers.parse()?).await,
        [] => measure(Duration::from_secs(2)).await,
        [seconds] => measure(Duration::from_secs(seconds.parse()?)).await,
        _ => Err("unknown arguments: pass the seconds per measurement, or nothing".into()),
    }
}

// The application.

static BREAKERS: CircuitBreakers =
    CircuitBreakers::new("upstreams").max_keys(65_535).recovery_timeout(Duration::from_hours(1));

async fn serve_forever(breakers: usize) -> Result<ExitCode> {
    registry::add_keyed(&BREAKERS)?;
    let keys: Arc<[String]> = (0..breakers).map(|key| format!("host-{key}.example.com")).collect();
    for (at, key) in keys.iter().enumerate() {
        let breaker = BREAKERS.for_key(key);
        // One in 100 is open.
        if at % 100 == 0 {
            breaker.trip();
        }
    }
    let next = Arc::new(AtomicUsize::new(0));
    let work = move || {
        // In an order that caches cannot predict.
        let at = next.fetch_add(7919, Ordering::Relaxed) % keys.len();
        std::future::ready(match BREAKERS.for_key(&keys[at]).try_acquire() {
            Ok(permit) => {
                permit.success();
                "done"
            }
            Err(_) => "rejected",
        })
    };
    let app = Router::new()
        .route("/work", get(work))
        .route("/text/{length}", get(ready_text))
        .nest_service("/resilience", Page::new().router());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, app).await?;
    Ok(ExitCode::SUCCESS)
}

async fn ready_text(Path(length): Path<usize>) -> Bytes {
    static TEXT: OnceLock<Bytes> = OnceLock::new();
    TEXT.get_or_init(|| vec![b'x'; length].into()).clone()
}

// The clients.

async fn measure(time: Duration) -> Result<ExitCode> {
    let mut passed = true;
    for breakers in [1024, 65_535] {
        let server = Server::start(breakers).await?;
        let before = server.memory("VmRSS:");
        let length = Connection::open(server.port, "/resilience/state").await?.ask().await?;
        println!("{breakers} breakers: response body of {length} bytes");

        let page = Medians::of_pairs(server.port, "/resilience/state", time).await?;
        // Before the other readers, whose memory does not belong to the page.
        let peak = server.memory("VmHWM:");
        let ready = Medians::of_pairs(server.port, &format!("/text/{length}"), time).await?;
        println!("  no readers         {:>7.0} requests/s", page.alone);
        println!("  page readers       {page}");
        println!("  text readers       {ready}");
        if let (Some(before), Some(peak)) = (before, peak) {
            println!(
                "  memory of the application: {before} before the first reader, {peak} at peak"
            );
        }
        passed &= page.ratio >= LEAST_RATIO && page.texts > 0.0;
    }
    if !passed {
        eprintln!(
            "error: the page takes more than a fifth of the application's rate, or serves no reader"
        );
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The medians of several pairs of measurements.
struct Medians {
    alone: f64,
    with_readers: f64,
    /// The median of the pairs' ratios, not the ratio of the medians.
    ratio: f64,
    /// The texts read per second.
    texts: f64,
}

impl Medians {
    async fn of_pairs(port: u16, path: &str, time: Duration) -> Result<Self> {
        let mut pairs = Vec::new();
        let (mut before, _) = rate(port, None, time).await?;
        for _ in 0..PAIRS {
            let (with_readers, texts) = rate(port, Some(path), time).await?;
            let (after, _) = rate(port, None, time).await?;
            // The mean of the rates before and after evens out other load on the machine.
            let alone = f64::midpoint(before, after);
            pairs.push(Self { alone, with_readers, ratio: with_readers / alone, texts });
            before = after;
        }
        let median = |value: fn(&Self) -> f64| {
            let mut values: Vec<_> = pairs.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        Ok(Self {
            alone: median(|it| it.alone),
            with_readers: median(|it| it.with_readers),
            ratio: median(|it| it.ratio),
            texts: median(|it| it.texts),
        })
    }
}

impl fmt::Display for Medians {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { with_readers, ratio, texts, .. } = self;
        write!(f, "{with_readers:>7.0} requests/s, ratio {ratio:.2}, {texts:>5.0} texts/s read")
    }
}

/// Returns the responses of `/work` per second and the texts read per second, while readers request
/// this path.
async fn rate(port: u16, read: Option<&str>, time: Duration) -> Result<(f64, f64)> {
    static WORK: AtomicU32 = AtomicU32::new(0);
    static TEXTS: AtomicU32 = AtomicU32::new(0);
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let connection = Connection::open(port, "/work").await?;
        clients.spawn(connection.ask_on(Duration::ZERO, &WORK));
    }
    if let Some(path) = read {
        for _ in 0..READERS_IN_A_LOOP {
            let connection = Connection::open(port, path).await?;
            clients.spawn(connection.ask_on(Duration::ZERO, &TEXTS));
        }
        for at in 0..READERS_EACH_SECOND {
            let connection = Connection::open(port, path).await?;
            clients.spawn(async move {
                // Spread over the second.
                sleep(Duration::from_secs(1) / READERS_EACH_SECOND * at).await;
                connection.ask_on(Duration::from_secs(1), &TEXTS).await
            });
        }
    }
    // Waits until all clients are running.
    sleep(Duration::from_millis(500)).await;
    let counts = || (WORK.load(Ordering::Relaxed), TEXTS.load(Ordering::Relaxed));
    let (began, (work, texts)) = (Instant::now(), counts());
    sleep(time).await;
    let (took, (work_after, texts_after)) = (began.elapsed().as_secs_f64(), counts());
    if let Some(ended) = clients.try_join_next() {
        ended??;
    }
    clients.shutdown().await;
    let per_second = |before: u32, after: u32| f64::from(after.wrapping_sub(before)) / took;
    Ok((per_second(work, work_after), per_second(texts, texts_after)))
}

struct Server {
    process: Child,
    port: u16,
}

impl Server {
    async fn start(breakers: usize) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", &breakers.to_string()])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().ok_or("no output")?;
        let line = BufReader::new(output).lines().next_line().await?;
        let port = line.ok_or("the application did not start")?.parse()?;
        Ok(Self { process, port })
    }

    /// Returns a line of the process's memory status. Only on Linux.
    fn memory(&self, name: &str) -> Option<String> {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().to_owned())
    }
}

/// A connection that requests one path.
struct Connection {
    stream: BufReader<TcpStream>,
    request: String,
}

impl Connection {
    async fn open(port: u16, path: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        Ok(Self { stream: BufReader::with_capacity(1 << 16, stream), request })
    }

    /// Sends a request, and returns the length of the response body.
    async fn ask(&mut self) -> io::Result<usize> {
        self.stream.write_all(self.request.as_bytes()).await?;
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        if !line.contains(" 200 ") {
            return Err(io::Error::other(line));
        }
        let mut length = 0;
        while line != "\r\n" {
            line.clear();
            if self.stream.read_line(&mut line).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        let mut left = length;
        while left > 0 {
            let read = self.stream.fill_buf().await?.len().min(left);
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.stream.consume(read);
            left -= read;
        }
        Ok(length)
    }

    /// Sends requests in a loop, with a pause after each, and counts the responses.
    async fn ask_on(mut self, pause: Duration, count: &AtomicU32) -> io::Result<()> {
        loop {
            self.ask().await?;
            count.fetch_add(1, Ordering::Relaxed);
            if !pause.is_zero() {
                sleep(pause).await;
            }
        }
    }
}
