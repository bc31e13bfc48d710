//! Questions to a provider: one request, one answer, on a connection of its own.
//!
//! Every answer is bounded in bytes, redirects are answers like others and are
//! not followed. The time is bounded by whoever asks.

use std::pin::pin;
use std::sync::Arc;

use admission::SiteFault;
use axum::http::header::{HOST, HeaderMap, HeaderValue};
use axum::http::uri::Scheme;
use axum::http::{Method, Request, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde::de::DeserializeOwned;

use crate::protect::fault::Fault;
use crate::protect::wire::{TlsFault, UpstreamTls, Wire};

/// Asks a provider.
pub(super) struct Http {
    pub(super) tls: Arc<ClientConfig>,
    pub(super) answer_bytes_max: usize,
}

/// What a provider answers.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

/// Why a provider is of no use now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::protect) enum NoAnswer {
    #[error("nothing is known of it yet")]
    Unread,
    #[error("it refuses connections")]
    Refused,
    #[error("no way leads to it: its name, or the network")]
    Unreachable,
    #[error("no TLS with it: {0}")]
    Tls(TlsFault),
    #[error("it took too long")]
    Slow,
    #[error("its answer is no HTTP, or was cut")]
    Broken,
    #[error("its answer is larger than is taken (oidc.limits.answer_bytes_max)")]
    TooLarge,
    #[error("it answered with the status {0}")]
    Status(u16),
    #[error("its answer is not what the standard says: {0}")]
    Odd(&'static str),
    #[error("it does not know us: look at client_id and client_secret")]
    WrongClient,
}

impl NoAnswer {
    /// What of it the provider is to blame for; none while it was not asked.
    pub(super) fn of_provider(self) -> Option<SiteFault> {
        Some(match self {
            NoAnswer::Unread => return None,
            NoAnswer::Refused => SiteFault::Refused,
            NoAnswer::Unreachable => SiteFault::NoWay,
            NoAnswer::Tls(fault) => fault.into(),
            NoAnswer::Slow => SiteFault::AnswerSlow,
            NoAnswer::Broken => SiteFault::Cut,
            NoAnswer::TooLarge | NoAnswer::Status(_) | NoAnswer::Odd(_) => SiteFault::Odd,
            NoAnswer::WrongClient => SiteFault::WrongClient,
        })
    }
}

impl Http {
    /// One GET whose answer is JSON.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        uri: &Uri,
        headers: HeaderMap,
    ) -> Result<T, NoAnswer> {
        let answer = self.ask(Method::GET, uri, headers, Bytes::new()).await?;
        match answer.status {
            StatusCode::OK => answer.json(),
            status => Err(NoAnswer::Status(status.as_u16())),
        }
    }

    /// One request.
    pub(super) async fn ask(
        &self,
        method: Method,
        uri: &Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Answer, NoAnswer> {
        let odd = NoAnswer::Odd("an address");
        let host = uri.host().ok_or(odd)?;
        let is_secure = uri.scheme() == Some(&Scheme::HTTPS);
        let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let tls = if is_secure {
            let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).map_err(|_| odd)?;
            Some(UpstreamTls { config: Arc::clone(&self.tls), name })
        } else {
            None
        };
        let wire =
            Wire::connect(&format!("{host}:{port}"), tls.as_ref()).await.map_err(|fault| match fault {
                Fault::Tls(reason) => NoAnswer::Tls(reason),
                Fault::Refused => NoAnswer::Refused,
                _ => NoAnswer::Unreachable,
            })?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() =
            uri.path_and_query().map_or("/", |target| target.as_str()).parse().map_err(|_| odd)?;
        *request.headers_mut() = headers;
        let authority = uri.authority().map_or(host, |authority| authority.as_str());
        request.headers_mut().insert(HOST, HeaderValue::try_from(authority).map_err(|_| odd)?);
        self.exchange(wire, request).await
    }

    async fn exchange(&self, wire: Wire, request: Request<Full<Bytes>>) -> Result<Answer, NoAnswer> {
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(wire)).await.map_err(|_| NoAnswer::Broken)?;
        let asking = async {
            let answer = sender.send_request(request).await.map_err(|_| NoAnswer::Broken)?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), self.answer_bytes_max).collect().await;
            let body = body.map_err(|error| match error.is::<LengthLimitError>() {
                true => NoAnswer::TooLarge,
                false => NoAnswer::Broken,
            })?;
            Ok(Answer { status, body: body.to_bytes() })
        };
        let (mut asking, mut connection) = (pin!(asking), pin!(connection));
        let mut is_over = false;
        loop {
            tokio::select! {
                biased;
                answer = &mut asking => return answer,
                _ = &mut connection, if !is_over => is_over = true,
            }
        }
    }
}

impl Answer {
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, NoAnswer> {
        serde_json::from_slice(&self.body).map_err(|_| NoAnswer::Odd("no such JSON"))
    }
}

/// Whether nobody can read along to this address: `https://`, or on this machine.
pub(super) fn is_safe(address: &str) -> bool {
    let Ok(uri) = address.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host.eq_ignore_ascii_case("localhost")
        || host.ends_with(".localhost")
        || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => is_here,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn only_what_nobody_reads_along_is_safe() {
        for (address, expected) in [
            ("https://connexion.example.fr/realms/a", true),
            ("http://localhost:8080", true),
            ("http://127.0.0.1:9", true),
            ("http://[::1]:9/x", true),
            ("http://connexion.example.fr", false),
            ("http://localhost.example.fr", false),
            ("ftp://localhost", false),
            ("connexion.example.fr", false),
            ("", false),
        ] {
            assert_eq!(is_safe(address), expected, "{address}");
        }
    }
}
