//! The keys of SRTP, taken where the DTLS handshake hands them to str0m.
//!
//! str0m keeps them to itself, and what a lesson sends is protected by our own
//! [`crate::sender`]: it goes to three dozen receivers, and str0m's queues, made
//! for one, cost more than all the rest. So the DTLS provider that str0m is given
//! is its own, with an ear at the one output that carries the keys.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Instant;

use str0m::config::{CryptoProvider, DtlsCert, DtlsVersion, KeyingMaterial};
use str0m::crypto::dtls::{
    DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, ProtocolVersion, SrtpProfile,
};
use str0m::crypto::{CryptoError, from_feature_flags};

/// What a handshake agreed on.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) material: KeyingMaterial,
    pub(crate) profile: SrtpProfile,
    /// We were the client of the handshake: the first of the keys are ours.
    pub(crate) is_ours_first: bool,
}

/// The keys of one session, once its handshake is done.
pub(crate) type KeysHeard = Arc<OnceLock<Keys>>;

/// The provider to build a session with; see [`take_heard`].
pub(crate) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> =
        LazyLock::new(|| Arc::new(CryptoProvider { dtls_provider: &*LISTENER, ..from_feature_flags() }));
    Arc::clone(&PROVIDER)
}

/// Where the keys of the session will be that this thread built last.
pub(crate) fn take_heard() -> KeysHeard {
    LAST_BUILT.with_borrow_mut(|last| last.take()).unwrap_or_default()
}

static LISTENER: LazyLock<Listener> = LazyLock::new(|| Listener(from_feature_flags().dtls_provider));

thread_local! {
    /// A session makes its DTLS instance while it is built, with nothing that would name it.
    static LAST_BUILT: RefCell<Option<KeysHeard>> = const { RefCell::new(None) };
}

#[derive(Debug)]
struct Listener(&'static dyn DtlsProvider);

impl DtlsProvider for Listener {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        self.0.generate_certificate()
    }

    fn new_dtls(
        &self,
        certificate: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let heard = KeysHeard::default();
        let instance = self.0.new_dtls(certificate, now, version, mtu)?;
        LAST_BUILT.set(Some(Arc::clone(&heard)));
        Ok(Box::new(Overheard { instance, heard }))
    }
}

#[derive(Debug)]
struct Overheard {
    instance: Box<dyn DtlsInstance>,
    heard: KeysHeard,
}

impl DtlsInstance for Overheard {
    fn set_active(&mut self, active: bool) {
        self.instance.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.instance.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buffer: &'a mut [u8]) -> DtlsOutput<'a> {
        let output = self.instance.poll_output(buffer);
        if let DtlsOutput::KeyingMaterial(material, profile) = &output {
            let keys = Keys {
                material: KeyingMaterial::new(material),
                profile: *profile,
                is_ours_first: self.instance.is_active(),
            };
            // A handshake ends once.
            let _ = self.heard.set(keys);
        }
        output
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.instance.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.instance.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.instance.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.instance.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.instance.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.instance.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.instance.close()
    }
}
