//! The counts of this process, for Prometheus, on a port of their own.

use anyhow::Context;
use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use tokio::net::TcpListener;
use tracing::warn;

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to count; before this, counting costs nothing and is kept nowhere.
pub(crate) fn install() -> anyhow::Result<()> {
    if HANDLE.get().is_none() {
        let handle = PrometheusBuilder::new().install_recorder().context("the counts cannot be kept")?;
        HANDLE.get_or_init(|| handle);
    }
    Ok(())
}

/// Serves `GET /metrics`.
pub(crate) async fn serve(listener: TcpListener) {
    let router = Router::new().route("/metrics", get(show));
    if let Err(error) = axum::serve(listener, router).await {
        warn!(%error, "the counts are served no more");
    }
}

async fn show() -> String {
    HANDLE.get().map(PrometheusHandle::render).unwrap_or_default()
}
