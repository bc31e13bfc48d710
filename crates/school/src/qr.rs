//! QR codes as the path of an inline SVG: a relative stroke a run of dark
//! modules, so that a sheet of forty codes stays light.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// A QR code to draw: a square view box and a path of strokes one unit wide.
#[derive(Clone, Debug)]
pub(crate) struct Qr {
    /// Side of the view box, the quiet zone included.
    pub side: usize,
    /// The `d` of the path.
    pub path: String,
}

/// The code of `text`; `None` when it is too long for any.
pub(crate) fn draw(text: &str) -> Option<Qr> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, line) in colors.chunks(width).enumerate() {
        let _ = write!(path, "M{QUIET} {}.5", y + QUIET);
        for run in line.chunk_by(|one, next| one == next) {
            let _ = match run[0] {
                Color::Dark => write!(path, "h{}", run.len()),
                Color::Light => write!(path, "m{} 0", run.len()),
            };
        }
    }
    Some(Qr { side: width + 2 * QUIET, path })
}

/// Light modules around a code, without which readers miss it.
const QUIET: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strokes_cover_the_dark_modules_exactly() {
        let text = "https://ecole.example/card/AAAAAAAAAAAAAAAAAAAAAA";
        let qr = draw(text).unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let mut drawn = vec![Color::Light; code.width() * code.width()];
        for (y, line) in qr.path.split('M').skip(1).enumerate() {
            let (start, moves) = line.split_at(line.find(['h', 'm']).unwrap());
            assert_eq!(start, format!("{QUIET} {}.5", y + QUIET));
            let mut at = y * code.width();
            for step in moves.replace('h', " h").replace('m', " m").split(' ') {
                match step.split_at_checked(1) {
                    Some(("h", run)) => {
                        let run: usize = run.parse().unwrap();
                        drawn[at..at + run].fill(Color::Dark);
                        at += run;
                    }
                    Some(("m", run)) => at += run.parse::<usize>().unwrap(),
                    _ => {}
                }
            }
        }
        assert!(drawn == code.to_colors());
        assert!(qr.path.len() < 3_000, "{}", qr.path.len());
    }

    #[test]
    fn what_no_code_can_hold_is_none() {
        assert!(draw(&"x".repeat(10_000)).is_none());
    }
}
