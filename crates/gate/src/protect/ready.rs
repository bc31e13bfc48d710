//! A site's settings with the files that they name read, which is done once and
//! before a port is bound: a file that cannot be used stops the start, in one
//! sentence. Called by the composition root.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;

use super::oidc::{Client, OidcSettings};
use super::settings::SiteSettings;
use super::trust;
use super::wire::UpstreamTls;

/// A site that can be served.
#[derive(Clone)]
pub struct ReadySite {
    pub(super) settings: SiteSettings,
    /// None: the upstream is spoken to without TLS.
    pub(super) tls: Option<UpstreamTls>,
    /// Of a site whose visitors a provider knows.
    pub(super) oidc: Option<Client>,
}

/// Why a site can't be served: the setting, and what is wrong with its file.
#[derive(Debug, thiserror::Error)]
#[error("[[protect]] {site}: {setting}: {reason}")]
pub struct FileError {
    site: String,
    setting: &'static str,
    reason: String,
}

/// Reads the files that these settings name; [`super::find_fault`] finds no fault in them.
///
/// # Errors
/// The first file that cannot be used.
pub fn read_files(sites: Vec<SiteSettings>) -> Result<Vec<ReadySite>, FileError> {
    sites.into_iter().map(ready).collect()
}

fn ready(settings: SiteSettings) -> Result<ReadySite, FileError> {
    let site = settings.name.clone();
    let fault = |setting| {
        let site = site.clone();
        move |reason| FileError { site, setting, reason }
    };
    let tls = match settings.upstream_name() {
        None => None,
        Some(name) => {
            let config = trust::client_config(&settings.upstream_ca, &settings.upstream)
                .map_err(fault("upstream_ca"))?;
            let name = ServerName::try_from(name.to_owned());
            let name = name.map_err(|error| fault("upstream_name")(error.to_string()))?;
            Some(UpstreamTls { config: Arc::new(config), name })
        }
    };
    let oidc = match &settings.oidc {
        None => None,
        Some(oidc) => {
            let secret = client_secret(oidc).map_err(fault("oidc.client_secret_file"))?;
            let config = trust::client_config(&oidc.ca, &oidc.issuer).map_err(fault("oidc.ca"))?;
            Some(Client { settings: oidc.clone(), secret, tls: Arc::new(config) })
        }
    };
    Ok(ReadySite { settings, tls, oidc })
}

fn client_secret(oidc: &OidcSettings) -> Result<String, String> {
    if !oidc.client_secret.is_empty() {
        return Ok(oidc.client_secret.clone());
    }
    let file = &oidc.client_secret_file;
    let secret = read_text(file)?.trim().to_owned();
    if secret.is_empty() { Err(format!("{} is empty", file.display())) } else { Ok(secret) }
}

/// The text of a small file, or what is wrong with it.
pub(super) fn read_text(file: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = File::open(file).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text));
    match read {
        Ok(_) if text.len() as u64 > FILE_BYTES_MAX => {
            Err(format!("{} is larger than {FILE_BYTES_MAX} bytes", file.display()))
        }
        Ok(_) => Ok(text),
        Err(error) => Err(format!("{}: {error}", file.display())),
    }
}

/// Bytes of a file that a setting names: the authorities of a whole machine are 250 kB.
const FILE_BYTES_MAX: u64 = 1 << 20;
