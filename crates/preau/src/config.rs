//! The settings of `preau serve`: defaults, then the file, then environment
//! variables (`PREAU_HTTP__LISTEN` for `http.listen`).
//!
//! Invariant: a `Config` that exists is whole and plausible; everything wrong
//! with a file is found before a port is bound. Each setting is explained in
//! `preau.example.toml`, which holds the defaults.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Serialized};
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// The commented example, with every setting at its default.
pub const EXAMPLE: &str = include_str!("../../../preau.example.toml");

/// Every setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What is logged.
    pub log: LogFilter,
    /// The pages and the live class's signalling.
    pub http: Http,
    /// Certificate files; without them the pages are plain HTTP.
    pub tls: TlsFiles,
    /// Where the data is.
    pub data: Data,
    /// Sound and picture.
    pub media: Media,
    /// The gate's limits.
    pub limits: gate::Limits,
    /// How much the door has to give.
    pub door: gate::DoorSettings,
    /// Counts for Prometheus.
    pub metrics: Metrics,
    /// Sites that exist already and that the gate stands before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub protect: Vec<gate::SiteSettings>,
}

/// The pages and the live class's signalling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// The address that users type.
    pub base_url: BaseUrl,
}

/// The certificate chain and its private key; both or neither.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsFiles {
    /// PEM file of the chain, the server's certificate first.
    pub certificate: PathBuf,
    /// PEM file of the private key.
    pub key: PathBuf,
}

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// The data folder.
    pub folder: PathBuf,
}

/// Sound and picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// Port number for UDP and TCP; with several threads the ones above it too. 0 takes a free one.
    pub port: u16,
    /// Addresses at which browsers reach it; empty: those of the machine.
    pub public_addresses: Vec<IpAddr>,
    /// Threads that forward media; 0: one for each processor.
    pub threads: usize,
}

/// Counts for Prometheus.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Address and port of `GET /metrics`; empty: nowhere.
    pub listen: String,
}

/// `https://host[:port]`, without a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl(String);

/// A filter of `tracing`, such as `info` or `warn,live=debug`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogFilter(String);

/// Why the settings are refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("the settings file {} cannot be read: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system answered.
        reason: String,
    },
    /// The file has a fault.
    #[error("the settings file {}, {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The line and what is wrong there.
        reason: String,
    },
    /// An environment variable has a fault.
    #[error("the environment: {0}")]
    Environment(String),
    /// Settings that do not fit together.
    #[error("{0}")]
    Together(String),
}

impl Config {
    /// Reads the file, then the environment over it.
    pub fn load(file: &Path) -> Result<Config, ConfigError> {
        let unreadable = |error: std::io::Error| ConfigError::Unreadable {
            file: file.to_owned(),
            reason: error.to_string(),
        };
        let text = std::fs::read_to_string(file).map_err(unreadable)?;
        let written = Config::parse(file, &text)?;
        let merged: Config = Figment::from(Serialized::defaults(written))
            .merge(Env::prefixed("PREAU_").split("__"))
            .extract()
            .map_err(|error| ConfigError::Environment(in_words(&error)))?;
        merged.check()?;
        Ok(merged)
    }

    /// Reads the text of a file; whether the settings fit together is not asked yet.
    pub fn parse(file: &Path, text: &str) -> Result<Config, ConfigError> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            let reason = format!("line {line}: {}", error.message().trim().replace('\n', ", "));
            ConfigError::File { file: file.to_owned(), reason }
        })
    }

    fn check(&self) -> Result<(), ConfigError> {
        let together = |sentence: &str| Err(ConfigError::Together(sentence.to_owned()));
        if self.tls.certificate.as_os_str().is_empty() != self.tls.key.as_os_str().is_empty() {
            return together("tls.certificate and tls.key go together: set both, or neither");
        }
        if self.data.folder.as_os_str().is_empty() {
            return together("data.folder is empty: name the folder that holds the data");
        }
        if let Err(error) = self.metrics.address() {
            return together(&error.to_string());
        }
        if let Some(fault) = self.door.fault() {
            return together(fault);
        }
        if let Some(fault) = self.limits.fault() {
            return together(&fault);
        }
        let listens = own_addresses(self.http.listen);
        if let Some(fault) = gate::find_fault(&self.protect, self.http.base_url.as_str(), &listens) {
            return together(&fault);
        }
        if self.media.threads > THREADS_MAX {
            return together("media.threads is above 64: one for each processor is best, which 0 stands for");
        }
        let threads = u16::try_from(self.media.threads.max(1)).unwrap_or(u16::MAX);
        if self.media.port != 0 && self.media.port.checked_add(threads - 1).is_none() {
            return together("media.port leaves no port for each of media.threads: take a lower one");
        }
        Ok(())
    }
}

impl TlsFiles {
    /// Whether the pages are served over TLS.
    pub fn is_set(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }
}

impl Metrics {
    /// Where they are served, if anywhere.
    pub fn address(&self) -> anyhow::Result<Option<SocketAddr>> {
        if self.listen.is_empty() {
            return Ok(None);
        }
        let parsed = self.listen.parse();
        parsed
            .map(Some)
            .map_err(|_| anyhow::anyhow!("metrics.listen is not an address such as 127.0.0.1:9100"))
    }
}

impl BaseUrl {
    /// The text, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether users come over TLS, here or at a proxy in front.
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl LogFilter {
    /// The filter itself. str0m warns of ordinary offers; whoever wants to hear
    /// it names it.
    pub fn filter(&self) -> EnvFilter {
        EnvFilter::new(format!("str0m=error,{}", self.0))
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = String;

    fn try_from(text: String) -> Result<BaseUrl, String> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
        match host.map(|host| host.trim_end_matches('/')) {
            Some(host) if !host.is_empty() && host.chars().all(is_plain) => {
                Ok(BaseUrl(text.trim_end_matches('/').to_owned()))
            }
            _ if !text.is_ascii() => Err(format!(
                "\"{text}\" has letters beyond ASCII: write the host as browsers send it (xn--…)"
            )),
            _ => Err(format!("\"{text}\" is not an address such as https://preau.example.fr")),
        }
    }
}

impl From<BaseUrl> for String {
    fn from(url: BaseUrl) -> String {
        url.0
    }
}

impl TryFrom<String> for LogFilter {
    type Error = String;

    fn try_from(text: String) -> Result<LogFilter, String> {
        EnvFilter::builder()
            .parse(&text)
            .map(|_| LogFilter(text.clone()))
            .map_err(|error| format!("\"{text}\" is not a log filter such as info ({error})"))
    }
}

impl From<LogFilter> for String {
    fn from(filter: LogFilter) -> String {
        filter.0
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            log: LogFilter("info".into()),
            http: Http::default(),
            tls: TlsFiles::default(),
            data: Data::default(),
            media: Media::default(),
            limits: gate::Limits::default(),
            door: gate::DoorSettings::default(),
            metrics: Metrics::default(),
            protect: Vec::new(),
        }
    }
}

impl Default for Http {
    fn default() -> Http {
        Http {
            listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8080)),
            base_url: BaseUrl("http://localhost:8080".into()),
        }
    }
}

impl Default for Data {
    fn default() -> Data {
        Data { folder: "preau-data".into() }
    }
}

impl Default for Media {
    fn default() -> Media {
        Media { port: 3478, public_addresses: Vec::new(), threads: 0 }
    }
}

/// Threads that forward media at most: more than any machine of today gains from.
const THREADS_MAX: usize = 64;

/// Where a server is reached that listens there: at all addresses of this machine, if it is all.
fn own_addresses(listen: SocketAddr) -> Vec<SocketAddr> {
    let mut own = vec![listen];
    if listen.ip().is_unspecified() {
        let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
        own.extend(interfaces.iter().map(|interface| SocketAddr::new(interface.ip(), listen.port())));
    }
    own
}

/// Each fault of the environment: the variable, and why it is refused.
fn in_words(error: &figment::Error) -> String {
    let faults = error.clone().into_iter().map(|fault| {
        let path: Vec<String> = fault.path.iter().map(|part| part.to_uppercase()).collect();
        let name = if path.is_empty() { String::new() } else { format!("PREAU_{}: ", path.join("__")) };
        format!("{name}{}", fault.kind)
    });
    faults.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(value: &serde_json::Value, prefix: &str, into: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(fields) => {
                for (name, value) in fields {
                    names(value, &format!("{prefix}.{name}"), into);
                }
            }
            _ => into.push(prefix.to_owned()),
        }
    }

    fn settings(of: &impl Serialize) -> Vec<String> {
        let mut found = Vec::new();
        names(&serde_json::to_value(of).unwrap(), "", &mut found);
        found.sort();
        found
    }

    #[test]
    fn the_example_names_every_setting_at_its_default() {
        assert_eq!(toml::from_str::<Config>(EXAMPLE).unwrap(), Config::default());
        let written: toml::Table = toml::from_str(EXAMPLE).unwrap();
        assert_eq!(settings(&written), settings(&Config::default()));
    }

    /// The commented `[[protect]]` of the example, as somebody would uncomment it.
    fn example_site() -> String {
        let (_, block) = EXAMPLE.split_once("# [[protect]]\n").unwrap();
        uncommented("[[protect]]", block.split("# [protect.oidc]").next().unwrap())
            .replace("replace me by thirty-two random bytes", "thirty-two bytes that nobody else knows")
    }

    fn example_provider() -> String {
        let (_, block) = EXAMPLE.split_once("# [protect.oidc]\n").unwrap();
        // One secret is enough.
        uncommented(
            "[protect.oidc]",
            &block.replace("# client_secret_file = \"/etc", "# client_secret_file = \"\" # \"/etc"),
        )
        .replace("client_secret = \"\"", "client_secret = \"s\"")
    }

    fn uncommented(head: &str, block: &str) -> String {
        let lines = block.lines().map(|line| line.trim_start_matches("# ").trim_start_matches('#'));
        std::iter::once(head).chain(lines.filter(|line| is_setting(line))).collect::<Vec<_>>().join("\n")
    }

    fn is_setting(line: &str) -> bool {
        line.starts_with('[') || line.split_once(" = ").is_some_and(|(name, _)| !name.contains(' '))
    }

    #[test]
    fn the_example_site_names_every_setting_and_is_one() {
        let read = Config::parse(Path::new("preau.toml"), &example_site()).unwrap();
        assert!(read.check().is_ok(), "{:?}", read.check());
        let written: toml::Table = toml::from_str(&example_site()).unwrap();
        let site = &written["protect"].as_array().unwrap()[0];
        assert_eq!(settings(site), settings(&gate::SiteSettings::default()));
        let defaults = gate::SiteSettings::default();
        let example = &read.protect[0];
        assert_eq!(example.limits, defaults.limits);
        assert_eq!((example.seats, example.session_s), (defaults.seats, defaults.session_s));
        assert_eq!((&example.lanes, example.identity), (&defaults.lanes, defaults.identity));
    }

    #[test]
    fn the_example_provider_names_every_setting_and_is_one() {
        let site = example_site().replace("identity = \"card\"", "identity = \"oidc\"");
        let text = format!("[http]\nbase_url = \"https://preau.fr\"\n{site}\n{}", example_provider());
        let read = Config::parse(Path::new("preau.toml"), &text).unwrap();
        assert!(read.check().is_ok(), "{:?}", read.check());
        let example = read.protect[0].oidc.clone().unwrap();
        let defaults = gate::OidcSettings::default();
        assert_eq!((&example.limits, &example.scopes), (&defaults.limits, &defaults.scopes));
        let mut written: toml::Table = toml::from_str(&example_provider()).unwrap();
        let oidc = written["protect"]["oidc"].as_table_mut().unwrap();
        assert!(oidc.remove("roles").is_some());
        assert_eq!(settings(oidc), settings(&defaults));
    }

    #[test]
    fn providers_that_cannot_be_are_refused_in_one_sentence() {
        let site = "name = \"ent\"\nhost = \"ent.example.fr\"\nupstream = \"http://10.0.0.7:8080\"";
        let whole = "issuer = \"https://id.fr\"\nclient_id = \"preau\"\nclient_secret = \"s\"\n\
                     school_claim = \"uai\"\ndefault_role = \"pupil\"\n";
        let check = |identity: &str, oidc: &str, base_url: &str| {
            let text = format!(
                "[http]\nbase_url = \"{base_url}\"\n[[protect]]\n{site}\nidentity = \"{identity}\"\n{oidc}"
            );
            let read = Config::parse(Path::new("preau.toml"), &text)
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            read.check().err().map(|error| error.to_string())
        };
        let ours = "https://preau.fr";
        let table = |oidc: &str| format!("[protect.oidc]\n{oidc}");
        assert_eq!(check("oidc", &table(whole), ours), None);
        assert_eq!(check("oidc", &table(whole), "http://localhost:8080"), None, "a try-out");
        for (identity, oidc, base_url, reason) in [
            ("oidc", String::new(), ours, "needs [protect.oidc]"),
            ("card", table(whole), ours, "is for identity = \"oidc\""),
            ("oidc", table(whole), "http://preau.fr", "must be https://"),
            ("oidc", table(&whole.replace("https://id.fr", "http://id.fr")), ours, "oidc.issuer is"),
            ("oidc", table(&whole.replace("https://id.fr", "https://id.fr?a=b")), ours, "oidc.issuer is"),
            ("oidc", table(&whole.replace("\"preau\"", "\"\"")), ours, "oidc.client_id"),
            ("oidc", table(&whole.replace("client_secret = \"s\"", "")), ours, "set one of them"),
            ("oidc", table(&format!("{whole}client_secret_file = \"f\"")), ours, "set one of them"),
            ("oidc", table(&format!("{whole}scopes = [\"profile\"]")), ours, "oidc.scopes must have"),
            ("oidc", table(&whole.replace("\"uai\"", "\"\"")), ours, "oidc.school_claim is empty"),
            ("oidc", table(&format!("{whole}role_claim = \"profile\"")), ours, "go together"),
            (
                "oidc",
                table(&whole.replace("default_role = \"pupil\"", "")),
                ours,
                "nobody would ever come in",
            ),
            ("oidc", table(&whole.replace("\"pupil\"", "\"operator\"")), ours, "only a card of ours"),
            ("oidc", table(&format!("{whole}limits = {{ exchanges_max = 0 }}")), ours, "exchanges_max is 0"),
        ] {
            let sentence = check(identity, &oidc, base_url).unwrap_or_else(|| panic!("{oidc} was taken"));
            assert!(
                sentence.starts_with("[[protect]] ent: ") && sentence.contains(reason),
                "{oidc}: {sentence}"
            );
        }
        let guardians = format!("lanes = [\"staff\"]\n{}", table(whole));
        assert!(check("oidc", &guardians, ours).unwrap().contains("lead to no lane"));
    }

    /// Of one site; `WHOLE` stands for [`WHOLE_SITE`].
    const SITES_THAT_CANNOT_BE: &[(&str, &str)] = &[
        ("", "number 1: name is"),
        ("name = \"E N T\"", "name is \"E N T\""),
        ("name = \"back\"", "an address of the gate's own"),
        ("name = \"ent\"\nhost = \"http://ent.fr\"", "ent: host is"),
        ("name = \"ent\"\nhost = \"a.fr\"\nupstream = \"ftp://b.fr:443\"", "upstream is \"ftp"),
        ("WHOLE upstream_ca = \"ca.pem\"", "for an upstream with https://"),
        (
            "name = \"ent\"\nhost = \"a.fr\"\nupstream = \"https://b.fr:443\"\nupstream_name = \"a b\"",
            "upstream_name is \"a b\"",
        ),
        ("name = \"ent\"\nhost = \"a.fr\"\nupstream = \"http://b.fr\"", "with a port"),
        ("name = \"ent\"\nhost = \"a.fr\"\nupstream = \"http://b.fr:80/x\"", "without a path"),
        ("name = \"ent\"\nhost = \"localhost\"\nupstream = \"http://b.fr:80\"", "http.base_url"),
        ("name = \"ent\"\nhost = \"localhost:8080\"\nupstream = \"http://b.fr:80\"", "http.base_url"),
        ("name = \"ent\"\nhost = \"a.fr\"\nupstream = \"http://127.0.0.1:8080\"", "go round"),
        ("name = \"ent\"\nhost = \"a.fr\"\nupstream = \"http://localhost:8080\"", "go round"),
        ("name = \"ent\"\nhost = \"a.fr\"\nupstream = \"http://A.fr:8080\"", "upstream is A.fr, by which"),
        ("name = \"ent\"\nhost = \"a.fr\"\nupstream = \"http://a.fr:80\"", "upstream_name = \"a.fr\""),
        (
            "name = \"e\"\nhost = \"a.fr\"\nupstream = \"http://a.fr:81\"\n[[protect]]\n\
             name = \"f\"\nhost = \"b.fr\"\nupstream = \"http://a.fr:80\"",
            "f: upstream is a.fr, by which people reach this server",
        ),
        ("WHOLE seats = 0", "seats and school_seats must be 1"),
        ("WHOLE seats = 5\nschool_seats = 9", "school_seats is above seats"),
        ("WHOLE session_s = 5", "session_s is 5"),
        ("WHOLE lanes = []", "lanes is empty"),
        ("WHOLE lanes = [\"pupils\", \"staff\", \"pupils\"]", "lanes has \"pupils\" twice"),
        ("WHOLE lanes = [\"strangers\"]", "nobody comes as a stranger"),
        ("WHOLE identity = \"stranger\"", "lanes must be"),
        ("WHOLE pass_header = \"X-Pass\"", "go together"),
        ("WHOLE pass_header = \"X-Pass\"\npass_secret = \"short\"", "shorter than 32"),
        (
            "WHOLE pass_header = \"X-Pass\"\npass_secret = \"replace me by thirty-two random bytes\"",
            "which everybody knows",
        ),
        (
            "WHOLE pass_header = \"X-Pass\"\npass_secret = \"a secret of thirty-two bytes, at least\"\nrevoke_header = \"x-pass\"",
            "one is asked, the other answered",
        ),
        ("WHOLE pass_header = \"Cookie\"", "pass_header is \"Cookie\""),
        ("WHOLE pass_header = \"Transfer-Encoding\"", "pass_header is"),
        ("WHOLE revoke_header = \"X Bad\"", "revoke_header is"),
        ("WHOLE revoke_header = \"Connection\"", "revoke_header is"),
        ("WHOLE bypass = [\"/\"]", "nobody would ever wait"),
        ("WHOLE bypass = [\"static/\"]", "beginning of a path"),
        ("WHOLE bypass = [\"/.preau/come\"]", "the gate's own"),
        ("WHOLE bypass = [\"/a\", \"/static/../\"]", "bypass has \"/static/../\"; no path"),
        ("WHOLE bypass = [\"//\"]", "write it plainly"),
        ("WHOLE bypass = [\"/static//a\"]", "write it plainly"),
        ("WHOLE bypass = [\"/%2e%2e/\"]", "write it plainly"),
        ("WHOLE bypass = [\"/a;b\"]", "write it plainly"),
        ("WHOLE bypass = [\"/a?b=\"]", "write it plainly"),
        ("WHOLE limits = { connections_max = 0 }", "limits.connections_max is 0"),
        ("WHOLE\n[[protect]]\nWHOLE", "host is that of ent too"),
        (
            "WHOLE\n[[protect]]\nname = \"ent\"\nhost = \"b.fr\"\nupstream = \"http://b.fr:80\"",
            "name stands twice",
        ),
    ];

    const WHOLE_SITE: &str =
        "name = \"ent\"\nhost = \"ent.example.fr\"\nupstream = \"http://10.0.0.7:8080\"\n";

    #[test]
    fn sites_that_cannot_be_are_refused_in_one_sentence() {
        let whole = WHOLE_SITE;
        for (text, reason) in SITES_THAT_CANNOT_BE {
            let text = format!("[[protect]]\n{}", text.replace("WHOLE ", whole).replace("WHOLE", whole));
            let read = Config::parse(Path::new("preau.toml"), &text)
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            let sentence = read.check().expect_err(&text).to_string();
            assert!(sentence.starts_with("[[protect]] ") && sentence.contains(reason), "{text}: {sentence}");
        }
    }

    #[test]
    fn a_site_behind_our_own_address_or_with_a_lane_that_is_none_is_refused() {
        let whole = WHOLE_SITE;
        for own in own_addresses(Http::default().listen) {
            let text = format!("[[protect]]\n{}", whole.replace("10.0.0.7:8080", &own.to_string()));
            let sentence = Config::parse(Path::new("preau.toml"), &text).unwrap().check().expect_err(&text);
            assert!(sentence.to_string().contains("where this server itself listens"), "{own}: {sentence}");
        }
        let unknown = format!("[[protect]]\n{whole}lanes = [\"teachers\"]");
        let sentence = Config::parse(Path::new("preau.toml"), &unknown).unwrap_err().to_string();
        assert!(sentence.contains("line 5") && sentence.contains("unknown variant `teachers`"), "{sentence}");
    }

    #[test]
    fn the_example_explains_every_setting() {
        let lines: Vec<&str> = EXAMPLE.lines().collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(" = ")) {
            if !line.starts_with('#') {
                assert!(lines[at - 1].starts_with('#'), "{line}");
            }
        }
    }

    #[test]
    fn a_bad_file_is_refused_with_line_and_reason() {
        let cases = [
            ("[http]\nlisten = 8080", "line 2", "invalid type"),
            ("[http]\n\nlisten = \"here\"", "line 3", "socket address"),
            ("log = \"info\"\n[http]\nlissten = \"0.0.0.0:80\"", "line 3", "unknown field `lissten`"),
            ("[https]\n", "line 1", "unknown field `https`"),
            ("[http]\nbase_url = \"preau.fr\"", "line 2", "is not an address"),
            ("[http]\nbase_url = \"https://a.fr/ecole\"", "line 2", "is not an address"),
            ("[limits]\nconnections_max = -1", "line 2", "invalid value"),
            ("\n\nlog = \"live=loud\"", "line 3", "log filter"),
            ("[media\nport = 1", "line 1", "invalid table header"),
            ("[media]\npublic_addresses = [\"home\"]", "line 2", "IP address"),
        ];
        for (text, line, reason) in cases {
            let error = Config::parse(Path::new("preau.toml"), text).unwrap_err().to_string();
            assert!(
                error.contains("preau.toml") && error.contains(line) && error.contains(reason),
                "{error}"
            );
        }
    }

    #[test]
    fn settings_must_fit_together() {
        let lonely_key =
            Config { tls: TlsFiles { key: "k".into(), ..TlsFiles::default() }, ..Config::default() };
        let no_folder = Config { data: Data { folder: PathBuf::new() }, ..Config::default() };
        assert!(Config::default().check().is_ok());
        assert!(lonely_key.check().is_err());
        assert!(no_folder.check().is_err());
    }
}
