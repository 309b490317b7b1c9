//! The QR code: which receipt the page is of, for whoever holds the signed one.

use super::html::Html;
use crate::receipt::ReceiptId;
use mydata_core::crypto::Sha256;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// What the code says: `mydata-receipt:1?id=ID&sha256=DIGEST`, where ID is the receipt's id (a UUID in
/// lower case) and DIGEST the SHA-256 of the signed receipt, base64url without padding. It names
/// no person, no service and no place on the web.
pub(super) fn content(id: ReceiptId, sha256: Sha256) -> String {
    format!("mydata-receipt:1?id={id}&sha256={}", sha256.to_base64url())
}

/// A picture of `content`: one path, and `alt` for those who do not see it. `None` when it is longer
/// than a code can be.
pub(super) fn picture(content: &str, alt: &str) -> Option<Html> {
    let code = QrCode::with_error_correction_level(content, EcLevel::M).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            let length = run.len();
            if run.first() == Some(&Color::Dark) {
                let (x, y) = (x + QUIET, y + QUIET);
                write!(path, "M{x} {y}h{length}v1h-{length}z").ok()?;
            }
            x += length;
        }
    }
    Some(Html::picture(width + 2 * QUIET, &path, alt))
}

/// The white margin that a reader of codes needs, in modules (ISO/IEC 18004).
const QUIET: usize = 4;
