//! One request over one connection, as a browser's first one: enough to ask for
//! a page and to read what the gate says. It keeps no connection and follows
//! nothing.

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
    text: String,
    body_at: usize,
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
    fn read(bytes: &[u8]) -> Answer {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let status = text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok()).unwrap_or(0);
        let body_at = text.find("\r\n\r\n").map_or(text.len(), |at| at + 4);
        Answer { status, text, body_at }
    }

    pub(crate) fn body(&self) -> &str {
        &self.text[self.body_at..]
    }

    /// The value of a cookie that is set.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.text[..self.body_at].lines().filter_map(|line| line.split_once(':'));
        let set = lines.filter(|(key, _)| key.eq_ignore_ascii_case("set-cookie"));
        let mut pairs = set.filter_map(|(_, line)| line.split(';').next()?.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// What stands between `before` and the next quotation mark.
    pub(crate) fn quoted_after(&self, before: &str) -> Option<&str> {
        let (_, rest) = self.body().split_once(before)?;
        rest.split_once('"').map(|(value, _)| value)
    }
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
}
