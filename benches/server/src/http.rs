//! A client that costs little, so that what is measured is the server: HTTP/1.1 over one connection that is kept.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// A connection to one server.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, host: address.to_string(), buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request with a JSON body, or none, and reads the whole answer.
    pub(crate) async fn request(&mut self, method: &str, path: &str, body: &str) -> io::Result<Answer> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let head_end = self.read_head().await?;
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).to_ascii_lowercase();
        let status =
            head.get(9..12).and_then(|digits| digits.parse().ok()).ok_or_else(|| bad("no status"))?;
        let rest = self.buffer.split_off(head_end);
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let body = match length.and_then(|length| length.trim().parse().ok()) {
            Some(length) => self.read_counted(rest, length).await?,
            None => self.read_chunked(rest).await?,
        };
        Ok(Answer { status, body })
    }

    async fn read_head(&mut self) -> io::Result<usize> {
        loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                return Ok(at + 4);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    async fn read_counted(&mut self, mut body: Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
        body.reserve(length.saturating_sub(body.len()));
        while body.len() < length {
            if self.stream.read_buf(&mut body).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(body)
    }

    async fn read_chunked(&mut self, mut raw: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        let mut at = 0;
        loop {
            if let Some(end) = find(&raw[at..], b"\r\n").map(|end| at + end) {
                let digits = std::str::from_utf8(&raw[at..end]).map_err(|_| bad("no chunk size"))?;
                let size = usize::from_str_radix(digits.trim(), 16).map_err(|_| bad("no chunk size"))?;
                let (begin, next) = (end + 2, end + 2 + size + 2);
                while raw.len() < next {
                    if self.stream.read_buf(&mut raw).await? == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                if size == 0 {
                    return Ok(body);
                }
                body.extend_from_slice(&raw[begin..begin + size]);
                at = next;
            } else if self.stream.read_buf(&mut raw).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// Where `wanted` begins in `bytes`.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
