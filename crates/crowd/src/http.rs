//! One request over one connection, as a browser's first one: enough to ask for
//! a page and to read what the gate says. It keeps no connection and follows
//! nothing.

use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Where a server is.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// `http://host:port`, without a slash at the end.
    pub(crate) base_url: String,
    /// `host:port` of it.
    pub(crate) host: String,
    pub(crate) address: SocketAddr,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// 0: nothing that is HTTP.
    pub(crate) status: u16,
    head: String,
    body: String,
}

impl Site {
    /// Finds the address of `http://host:port` at which somebody listens.
    ///
    /// # Errors
    /// [`crate::Error::Plan`] for another kind of address, `Unreachable` when there is none.
    pub(crate) async fn find(base_url: &str) -> Result<Site, crate::Error> {
        let unreachable =
            |reason: String| crate::Error::Unreachable { base_url: base_url.to_owned(), reason };
        let base_url = base_url.trim_end_matches('/').to_owned();
        let host = base_url.strip_prefix("http://").map(str::to_owned);
        let host = host.ok_or_else(|| crate::Error::Plan("the address must begin with http://".into()))?;
        let found = tokio::net::lookup_host(host.clone()).await;
        let mut why = "the name has no address".to_owned();
        for address in found.map_err(|error| unreachable(error.to_string()))? {
            // A name may have addresses at which nobody listens, as localhost does.
            match TcpStream::connect(address).await {
                Ok(_) => return Ok(Site { base_url, host, address }),
                Err(error) => why = error.to_string(),
            }
        }
        Err(unreachable(why))
    }

    /// A page, with these cookies.
    pub(crate) async fn get(&self, path: &str, cookies: &str) -> io::Result<Answer> {
        let cookie = if cookies.is_empty() { String::new() } else { format!("cookie: {cookies}\r\n") };
        self.ask(&format!("GET {path}"), &format!("{cookie}\r\n")).await
    }

    /// A form, from a page of this site.
    pub(crate) async fn post(&self, path: &str, cookies: &str, form: &str) -> io::Result<Answer> {
        let rest = format!(
            "cookie: {cookies}\r\norigin: {}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            self.base_url,
            form.len()
        );
        self.ask(&format!("POST {path}"), &rest).await
    }

    async fn ask(&self, line: &str, rest: &str) -> io::Result<Answer> {
        let mut stream = TcpStream::connect(self.address).await?;
        let request = format!("{line} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{rest}", self.host);
        stream.write_all(request.as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.take(PAGE_BYTES_MAX).read_to_end(&mut bytes).await?;
        Ok(Answer::read(&bytes))
    }
}

impl Answer {
    /// One that came, without its headers.
    #[cfg(test)]
    pub(crate) fn of(status: u16, body: &str) -> Answer {
        Answer { status, head: String::new(), body: body.to_owned() }
    }

    fn read(bytes: &[u8]) -> Answer {
        let body_at = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
        let (head, body) = bytes.split_at(body_at);
        let head = String::from_utf8_lossy(head).into_owned();
        let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok()).unwrap_or(0);
        let is_chunked =
            values(&head, "transfer-encoding").any(|value| value.trim().eq_ignore_ascii_case("chunked"));
        let body = if is_chunked { Cow::Owned(joined(body)) } else { Cow::Borrowed(body) };
        Answer { status, head, body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub(crate) fn body(&self) -> &str {
        &self.body
    }

    /// The value of a cookie that is set.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let set = values(&self.head, "set-cookie");
        let mut pairs = set.filter_map(|value| value.split(';').next()?.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// What stands between `before` and the next quotation mark.
    pub(crate) fn quoted_after(&self, before: &str) -> Option<&str> {
        let (_, rest) = self.body().split_once(before)?;
        rest.split_once('"').map(|(value, _)| value)
    }
}

/// The values of a header.
fn values<'a>(head: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The pieces of a chunked body as one, up to what is no whole piece.
fn joined(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(at) = body.windows(2).position(|two| two == b"\r\n") {
        let line = str::from_utf8(&body[..at]).unwrap_or_default();
        let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).unwrap_or(0);
        body = &body[at + 2..];
        let Some(piece) = body.get(..size).filter(|piece| !piece.is_empty()) else { break };
        whole.extend_from_slice(piece);
        body = body.get(size + 2..).unwrap_or_default();
    }
    whole
}

/// Bytes of an answer at most.
const PAGE_BYTES_MAX: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_and_nonsense_is_none() {
        let text = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nset-cookie: lang=fr; Path=/\r\n\
                     Set-Cookie: came=17; Path=/\r\n\r\n<main data-ask=\"30\" data-until=\"5\">";
        let answer = Answer::read(text);
        assert_eq!(answer.status, 503);
        assert_eq!((answer.cookie("came"), answer.cookie("card")), (Some("17"), None));
        assert_eq!(answer.quoted_after("data-until=\""), Some("5"));
        for nonsense in [&b""[..], b"\xff\xff", b"HTTP/1.1 ", b"SSH-2.0", b"HTTP/1.1 99"] {
            assert_eq!(Answer::read(nonsense).status, 0);
        }
    }

    #[test]
    fn the_pieces_of_a_body_are_put_together() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (body, whole) in [
            ("6;x=y\r\n{\"news\r\n5\r\n\":17}\r\n0\r\n\r\n", "{\"news\":17}"),
            ("0\r\n\r\n", ""),
            ("", ""),
            ("5\r\nwhole\r\n9\r\ntorn", "whole"),
            ("ffffffffffffffff\r\nx", ""),
            ("-1\r\nx\r\n", ""),
        ] {
            assert_eq!(Answer::read(format!("{head}{body}").as_bytes()).body(), whole, "{body:?}");
        }
    }
}
