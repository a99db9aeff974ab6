//! Responses of nginx with limits, with upstreams that fail, and with custom error pages.

#[path = "support/attempts.rs"]
mod attempts;
#[path = "support/nginx.rs"]
mod nginx;
mod support;

use std::time::Duration;

use attempts::{client, get, send};
use nginx::{ANSWER, Nginx, sorry};
use retry_utils::FailureKind;
use retry_utils::http::FailedStatus;
use support::{Answer, refused, serve};

const SEVEN_SECONDS: Option<Duration> = Some(Duration::from_secs(7));

/// Starts a server that answers one request per minute, with further directives for the refusals.
fn limited(refusals: &str) -> Nginx {
    Nginx::start(
        "limit_req_zone $binary_remote_addr zone=one:64k rate=1r/m;",
        &format!("limit_req zone=one; {refusals}"),
    )
}

/// Starts a server that forwards requests, with further directives.
fn proxy(upstream: &str, directives: &str) -> Nginx {
    Nginx::start("", &format!("location / {{ proxy_pass {upstream}; {directives} }}"))
}

#[tokio::test]
async fn a_limit_answers_503_without_a_hint() {
    let nginx = limited("");
    get(&nginx.url("/answer.txt")).await.assert_ok(1, ANSWER);
    let refused = get(&nginx.url("/answer.txt")).await;
    let text = r"503 Service Unavailable: <html>\r\n<head><title>503 Service Temporarily";
    refused.assert_failed(3, FailureKind::Unavailable, None, text);
}

#[tokio::test]
async fn a_limit_that_answers_429_is_a_rate_limit() {
    let nginx = limited("limit_req_status 429;");
    get(&nginx.url("/answer.txt")).await.assert_ok(1, ANSWER);
    let refused = get(&nginx.url("/answer.txt")).await;
    let text = r"429 Too Many Requests: <html>\r\n<head><title>429 Too Many Requests</title>";
    refused.assert_failed(3, FailureKind::RateLimited, None, text);
}

#[tokio::test]
async fn a_hint_that_nginx_adds_always_is_obeyed() {
    for (status, kind) in [(429, FailureKind::RateLimited), (503, FailureKind::Unavailable)] {
        let nginx =
            limited(&format!("limit_req_status {status}; add_header Retry-After 7 always;"));
        // The header does not turn a good response into a failure.
        get(&nginx.url("/answer.txt")).await.assert_ok(1, ANSWER);
        let refused = get(&nginx.url("/answer.txt")).await;
        refused.assert_failed(3, kind, SEVEN_SECONDS, &status.to_string());
    }
}

#[tokio::test]
async fn nginx_leaves_its_headers_out_of_failures_by_default() {
    let nginx = limited("limit_req_status 429; add_header Retry-After 7;");
    get(&nginx.url("/answer.txt")).await.assert_ok(1, ANSWER);
    let refused = get(&nginx.url("/answer.txt")).await;
    refused.assert_failed(3, FailureKind::RateLimited, None, "429 Too Many Requests");
}

#[tokio::test]
async fn a_hint_that_is_longer_than_the_policy_allows_ends_the_sequence() {
    let nginx = limited("limit_req_status 429; add_header Retry-After 3600 always;");
    get(&nginx.url("/answer.txt")).await.assert_ok(1, ANSWER);
    let refused = get(&nginx.url("/answer.txt")).await;
    let hour = Some(Duration::from_hours(1));
    refused.assert_failed(1, FailureKind::RateLimited, hour, "429 Too Many Requests");
}

#[tokio::test]
async fn the_start_of_an_error_page_is_kept() {
    let nginx = limited("error_page 503 /sorry.html;");
    get(&nginx.url("/answer.txt")).await.assert_ok(1, ANSWER);
    let refused = get(&nginx.url("/answer.txt")).await;
    let start = &sorry()[..FailedStatus::BODY_LIMIT];
    let text = format!("503 Service Unavailable: {}", start.trim().replace('\n', "\\n"));
    refused.assert_failed(3, FailureKind::Unavailable, None, &text);
    assert_eq!(refused.result.unwrap_err().to_string(), text);
}

#[tokio::test]
async fn an_error_page_with_another_status_counts_as_that_status() {
    for (status, attempts, kind) in [
        (503, 3, FailureKind::Unavailable),
        (429, 3, FailureKind::RateLimited),
        (404, 1, FailureKind::InvalidRequest),
        (403, 1, FailureKind::Unauthorized),
    ] {
        let error_page = format!("error_page 502 ={status} /sorry.html;");
        let nginx = Nginx::start(
            "",
            &format!("{error_page} location = /down {{ proxy_pass http://{}/; }}", refused().await),
        );
        let failed = get(&nginx.url("/down")).await;
        failed.assert_failed(attempts, kind, None, "<h1>Sorry</h1>");
    }
}

#[tokio::test]
async fn a_failure_that_an_error_page_turns_into_200_is_not_detected() {
    let nginx = limited("error_page 503 =200 /sorry.html;");
    get(&nginx.url("/answer.txt")).await.assert_ok(1, ANSWER);
    get(&nginx.url("/answer.txt")).await.assert_ok(1, &sorry());
}

#[tokio::test]
async fn an_error_page_can_have_a_hint() {
    let nginx = Nginx::start(
        "",
        &format!(
            "error_page 502 = @busy;
            location = /down {{ proxy_pass http://{}/; }}
            location @busy {{ add_header Retry-After 7 always; return 503 '{{\"busy\": true}}'; }}",
            refused().await
        ),
    );
    let failed = get(&nginx.url("/down")).await;
    let text = "503 Service Unavailable: {\"busy\": true}";
    failed.assert_failed(3, FailureKind::Unavailable, SEVEN_SECONDS, text);
}

#[tokio::test]
async fn the_response_of_the_upstream_passes_unless_it_is_intercepted() {
    let limited = Answer::response(429, "retry-after: 7\r\n", r#"{"error": "slow down"}"#);
    let upstream = serve(vec![limited]).await;
    let failed = get(&proxy(&upstream, "").url("/")).await;
    let text = r#"429 Too Many Requests: {"error": "slow down"}"#;
    failed.assert_failed(3, FailureKind::RateLimited, SEVEN_SECONDS, text);
    let nginx = Nginx::start(
        "",
        &format!(
            "error_page 429 /sorry.html;
            location = / {{ proxy_pass {upstream}; proxy_intercept_errors on; }}"
        ),
    );
    let failed = get(&nginx.url("/")).await;
    failed.assert_failed(3, FailureKind::RateLimited, None, r"429 Too Many Requests: <html>\n<h1>");
}

#[tokio::test]
async fn an_upstream_that_cannot_be_reached_is_a_502() {
    let nginx = proxy(&format!("http://{}/", refused().await), "");
    let failed = get(&nginx.url("/")).await;
    let text = "502 Bad Gateway: <html>";
    failed.assert_failed(3, FailureKind::Unavailable, None, text);
}

#[tokio::test]
async fn an_upstream_that_resets_or_closes_without_an_answer_is_a_502() {
    for end in [Answer::Reset(""), Answer::Close] {
        let nginx = proxy(&serve(vec![end]).await, "");
        let failed = get(&nginx.url("/")).await;
        failed.assert_failed(3, FailureKind::Unavailable, None, "502 Bad Gateway: <html>");
    }
}

#[tokio::test]
async fn an_upstream_that_hangs_is_a_504() {
    let nginx = proxy(&serve(vec![Answer::Hang(String::new())]).await, "proxy_read_timeout 20ms;");
    let failed = get(&nginx.url("/")).await;
    failed.assert_failed(3, FailureKind::Unavailable, None, "504 Gateway Timeout: <html>");
}

#[tokio::test]
async fn an_upstream_that_recovers_is_reached_by_a_retry() {
    let good = Answer::response(200, "", ANSWER);
    let failures =
        [Answer::Reset(""), Answer::Hang(String::new()), Answer::response(503, "", "busy")];
    for failure in failures {
        let upstream = serve(vec![failure, good.clone()]).await;
        let nginx = proxy(&upstream, "proxy_read_timeout 200ms;");
        get(&nginx.url("/")).await.assert_ok(2, ANSWER);
    }
}

#[tokio::test]
async fn a_body_that_the_upstream_breaks_off_is_retried() {
    let counted = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n";
    for part in [counted, chunked] {
        let broken = Answer::Bytes(part.to_owned());
        let directives = "proxy_http_version 1.1;";
        let nginx = proxy(&serve(vec![broken.clone()]).await, directives);
        let failed = get(&nginx.url("/")).await;
        failed.assert_failed(3, FailureKind::Transient, None, "error decoding response body");
        let recovers = serve(vec![broken, Answer::response(200, "", ANSWER)]).await;
        get(&proxy(&recovers, directives).url("/")).await.assert_ok(2, ANSWER);
    }
}

#[tokio::test]
async fn a_chunked_failure_keeps_its_body() {
    let head = "HTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\nretry-after: 7\r\n\r\n";
    let chunked = Answer::Bytes(format!("{head}5\r\nhalf \r\n8\r\nand half\r\n0\r\n\r\n"));
    for buffering in ["on", "off"] {
        let directives = format!("proxy_http_version 1.1; proxy_buffering {buffering};");
        let nginx = proxy(&serve(vec![chunked.clone()]).await, &directives);
        let failed = get(&nginx.url("/")).await;
        let text = "503 Service Unavailable: half and half";
        failed.assert_failed(3, FailureKind::Unavailable, SEVEN_SECONDS, text);
    }
}

#[tokio::test]
async fn attempts_share_a_connection_that_is_kept_alive() {
    let busy = "return 503 'request $connection_requests of connection $connection';";
    for (keepalive, text) in [
        ("", "request 3 of connection 1"),
        ("keepalive_timeout 0;", "request 1 of connection 3"),
        ("keepalive_requests 2;", "request 1 of connection 2"),
    ] {
        let nginx = Nginx::start("", &format!("{keepalive} location = /busy {{ {busy} }}"));
        let failed = get(&nginx.url("/busy")).await;
        failed.assert_failed(3, FailureKind::Unavailable, None, text);
    }
}

#[tokio::test]
async fn a_connection_that_nginx_closes_without_an_answer_is_transient() {
    let nginx = Nginx::start("", "location = /closed { return 444; }");
    let failed = get(&nginx.url("/closed")).await;
    failed.assert_failed(3, FailureKind::Transient, None, "error sending request");
}

#[tokio::test]
async fn a_request_that_nginx_itself_refuses_is_not_retried() {
    let nginx = Nginx::start(
        "",
        "client_max_body_size 10; large_client_header_buffers 2 1k;
        location = /secret.txt { deny all; }
        location = /up { proxy_pass http://127.0.0.1:9/; }",
    );
    let client = client();
    for (request, kind, text) in [
        (client.get(nginx.url("/none.txt")), FailureKind::InvalidRequest, "404 Not Found"),
        (client.post(nginx.url("/answer.txt")), FailureKind::InvalidRequest, "405 Method"),
        (client.post(nginx.url("/up")).body("too much of it"), FailureKind::InvalidRequest, "413"),
        (client.get(nginx.url(&"/long".repeat(300))), FailureKind::InvalidRequest, "414"),
        (client.get(nginx.url("/secret.txt")), FailureKind::Unauthorized, "403 Forbidden"),
    ] {
        send(request).await.assert_failed(1, kind, None, text);
    }
}
