//! Whom the gate believes when it connects to others by TLS: the authorities that
//! this machine believes, and those of a file, for a region that has its own.
//! Nobody is believed without a certificate for the expected name.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::BasicConstraints;

use super::ready::read_text;

/// For connections to whoever an authority of the machine, or of the file `more`,
/// vouches for; where `address` needs it, there must be one.
pub(super) fn client_config(more: &Path, address: &str) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    // Of the machine's some may be unreadable or odd; the others stand.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if !more.as_os_str().is_empty() {
        add(&mut roots, more)?;
    }
    if roots.is_empty() && address.starts_with("https://") {
        return Err("this machine knows no authority (package ca-certificates): name a file of some".into());
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn add(roots: &mut RootCertStore, file: &Path) -> Result<(), String> {
    let text = read_text(file).map_err(|reason| format!("{reason}. {REMEDY}"))?;
    let certificates = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>();
    let certificates =
        certificates.map_err(|error| format!("{} is not a PEM file ({error}). {REMEDY}", file.display()))?;
    if certificates.is_empty() {
        return Err(format!("there is no certificate in {}. {REMEDY}", file.display()));
    }
    for certificate in certificates {
        if let Some(name) = find_powerless(&certificate) {
            let file = file.display();
            return Err(format!(
                "{file} has a certificate that vouches for nobody (CA:FALSE), {name}. {REMEDY}"
            ));
        }
        let added = roots.add(certificate);
        added
            .map_err(|error| format!("{} has an unusable certificate ({error}). {REMEDY}", file.display()))?;
    }
    Ok(())
}

/// Of whom a certificate is that is no authority's and that somebody else signed. One that
/// signed itself vouches for itself at least; what cannot be read is refused by whoever uses it.
fn find_powerless(certificate: &CertificateDer<'_>) -> Option<String> {
    let read = Certificate::from_der(certificate).ok()?;
    let said = read.tbs_certificate();
    let constraints = said.get_extension::<BasicConstraints>().ok()?;
    let is_authority = constraints.is_some_and(|(_, constraints)| constraints.ca);
    (!is_authority && said.subject() != said.issuer()).then(|| said.subject().to_string())
}

/// What to do about a file of no use.
const REMEDY: &str = "Name a PEM file with the certificate of the authority (CA:TRUE) that signed the other \
                      end's; whoever issued that has it";
