//! The proxy's parsers: what goes on is one request to every reader, and a body
//! is the same however it is cut.

use bytes::BytesMut;
use gate::{BodyFault, BodyReader, Framing, Next, rewrite};

/// The bytes are a head; then, behind their first one, a body in chunks that
/// arrives in pieces of so many bytes.
pub fn proxy(data: &[u8]) {
    if let Some((head, framing)) = rewrite(data) {
        check_head(&head, framing);
        let (again, same) = rewrite(&head).expect("what is sent on is a request");
        assert_eq!(framing, same);
        let lines = |head: &[u8]| head.split(|byte| *byte == b'\n').count();
        assert_eq!(lines(&again), lines(&head), "no header comes or goes");
    }
    let Some((&piece, body)) = data.split_first() else { return };
    let whole = read(body, body.len().max(1));
    assert_eq!(read(body, usize::from(piece).max(1)), whole, "cut by {piece}");
}

fn check_head(head: &[u8], framing: Framing) {
    let text = head.strip_suffix(b"\r\n\r\n").expect("a head ends with an empty line");
    let mut names = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(!line.is_empty() && !line.contains(&b'\r') && !line.contains(&0), "{head:?}");
        names.push(line.split(|byte| *byte == b':').next().unwrap_or_default().to_ascii_lowercase());
    }
    let count = |name: &str| names.iter().filter(|one| one.as_slice() == name.as_bytes()).count();
    assert_eq!(count("host"), 1);
    let (lengths, codings) = (count("content-length"), count("transfer-encoding"));
    match framing {
        Framing::Empty => assert!(lengths <= 1 && codings == 0),
        Framing::Length(_) => assert_eq!((lengths, codings), (1, 0)),
        Framing::Chunked => assert_eq!((lengths, codings), (0, 1)),
        Framing::UntilClose => panic!("no request lasts until its end"),
    }
    for name in ["te", "keep-alive", "proxy-connection", "trailer", "expect"] {
        assert_eq!(count(name), 0, "{name}");
    }
    assert_eq!(count("x-forwarded-for"), 1);
}

/// The data of a body, and how it ended.
fn read(body: &[u8], piece: usize) -> (Vec<u8>, Result<bool, BodyFault>) {
    let mut reader = BodyReader::new(Framing::Chunked);
    let (mut read, mut data) = (BytesMut::new(), Vec::new());
    let mut pieces = body.chunks(piece);
    loop {
        match reader.next(&mut read) {
            Err(fault) => return (data, Err(fault)),
            Ok(Next::End) => return (data, Ok(true)),
            Ok(Next::Data(bytes)) => data.extend_from_slice(&read.split_to(bytes)),
            Ok(Next::More) => match pieces.next() {
                Some(more) => read.extend_from_slice(more),
                None => return (data, reader.close().map(|()| false)),
            },
        }
    }
}
