//! TLS from a certificate chain and a private key in PEM files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A server certificate that is ready to serve.
#[derive(Clone)]
pub struct Tls {
    pub(crate) config: Arc<ServerConfig>,
}

/// Why a certificate can't be served: the file, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", file.display())]
pub struct TlsError {
    /// The file at fault.
    pub file: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl Tls {
    /// Reads the chain (the server's certificate first) and its private key.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Tls, TlsError> {
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| TlsError::new(certificate, reason(&error, "certificate")))?;
        if chain.is_empty() {
            return Err(TlsError::new(certificate, "there is no certificate in it".into()));
        }
        let private = PrivateKeyDer::from_pem_file(key)
            .map_err(|error| TlsError::new(key, reason(&error, "private key")))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::new(certificate, error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => {
                    TlsError::new(key, "the key does not belong to the certificate".into())
                }
                rustls::Error::General(_) => TlsError::new(key, format!("unusable private key ({error})")),
                error => TlsError::new(certificate, format!("unusable certificate ({error})")),
            })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Tls { config: Arc::new(config) })
    }
}

impl TlsError {
    fn new(file: &Path, reason: String) -> TlsError {
        TlsError { file: file.to_owned(), reason }
    }
}

fn reason(error: &pem::Error, what: &str) -> String {
    match error {
        pem::Error::NoItemsFound => format!("there is no {what} in it"),
        pem::Error::Io(error) => error.to_string(),
        error => format!("it is not a PEM file ({error})"),
    }
}
