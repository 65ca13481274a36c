//! The HTTP server of [`super`].

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tracing::debug;

use super::Watched;
use super::exposition::exposition;
use super::health::Health;
use crate::cli::memory;

/// How many may ask at once.
const CLIENTS: usize = 32;

/// How long a question, and its answer, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Prometheus' text format, as its scrapers know it.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Listens on `address`, and answers in tasks from then on; gives the address that it has.
///
/// # Errors
/// Where it cannot listen there.
pub async fn serve(
    address: SocketAddr,
    watched: Arc<dyn Watched>,
    health: Health,
) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    tokio::spawn(accept(listener, watched, health));
    Ok(address)
}

async fn accept(listener: TcpListener, watched: Arc<dyn Watched>, health: Health) {
    let clients = Arc::new(Semaphore::new(CLIENTS));
    loop {
        let Ok(permit) = clients.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let watched = watched.clone();
                tokio::spawn(async move {
                    let answered = tokio::time::timeout(PATIENCE, answer(stream, watched, health));
                    let _ = answered.await;
                    drop(permit);
                });
            }
            Err(error) => {
                // Out of file descriptors, say: it may pass.
                debug!(%error, "a question about streams was not taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Answers one question, and closes the connection.
async fn answer(stream: TcpStream, watched: Arc<dyn Watched>, health: Health) {
    let service = service_fn(|request: Request<Incoming>| {
        let response = respond(request.method(), request.uri().path(), &*watched, health);
        std::future::ready(Ok::<_, std::convert::Infallible>(response))
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = served.await {
        debug!(%error, "a question about streams was not answered");
    }
}

fn respond(method: &Method, path: &str, watched: &dyn Watched, health: Health) -> Response<String> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET\n".into());
    }
    match path {
        "/metrics" => match exposition(watched.streams(), memory::resident()) {
            Ok(metrics) => {
                let mut response = text(StatusCode::OK, metrics);
                let kind = HeaderValue::from_static(PROMETHEUS);
                response.headers_mut().insert(CONTENT_TYPE, kind);
                response
            }
            Err(e) => text(StatusCode::INTERNAL_SERVER_ERROR, format!("{e}\n")),
        },
        "/healthz" => verdict(&health.wrong(watched)),
        "/readyz" => verdict(&Health::not_ready(watched)),
        "/" => text(StatusCode::OK, "/metrics\n/healthz\n/readyz\n".into()),
        _ => text(
            StatusCode::NOT_FOUND,
            "/metrics, /healthz or /readyz\n".into(),
        ),
    }
}

/// Fine, or what is not.
fn verdict(wrong: &[String]) -> Response<String> {
    match wrong.is_empty() {
        true => text(StatusCode::OK, "ok\n".into()),
        false => text(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{}\n", wrong.join("\n")),
        ),
    }
}

fn text(status: StatusCode, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
mod tests {
    use super::super::health::tests::stream;
    use super::*;
    use crate::stream::StreamStatus;

    struct One;

    impl Watched for One {
        fn streams(&self) -> Vec<StreamStatus> {
            vec![stream("or\"ders")]
        }

        fn broken(&self) -> Vec<(String, String)> {
            vec![("b.rhai".into(), "syntax\nmore".into())]
        }
    }

    fn ask(path: &str) -> (u16, String) {
        let health = Health {
            stalled_after: Duration::from_secs(30),
        };
        let response = respond(&Method::GET, path, &One, health);
        (response.status().as_u16(), response.into_body())
    }

    #[test]
    fn metrics_are_in_prometheus_format() {
        let (status, text) = ask("/metrics");
        assert_eq!(status, 200);
        for line in [
            "# TYPE rhaiver_stream_events_total counter",
            "rhaiver_stream_events_total{stream=\"or\\\"ders\"} 10",
            "rhaiver_stream_handler_seconds_total{stream=\"or\\\"ders\"} 1.5",
            "rhaiver_stream_lag_seconds{stream=\"or\\\"ders\"} 0.25",
            "rhaiver_stream_lease_held{stream=\"or\\\"ders\"} 1.0",
            "rhaiver_stream_state{stream=\"or\\\"ders\",state=\"running\"} 1",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
        assert!(text.contains("generation=\"3f2a9c1b\""), "{text}");
    }

    #[test]
    fn health_and_readiness_differ() {
        assert_eq!(ask("/healthz"), (200, "ok\n".into()));
        assert_eq!(ask("/readyz"), (503, "b.rhai: syntax\n".into()));
        assert_eq!(ask("/nothing").0, 404);
    }
}
