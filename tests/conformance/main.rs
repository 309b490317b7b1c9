//! The specification at work, through the public surface.

mod story;
