use std::error::Error;

/// An error with a stable code: what every refusal and fault of the workspace is, so that a program
/// needs one branch for all of them.
pub trait Coded: Error {
    /// The stable code: snake case, unique in the workspace.
    fn code(&self) -> &'static str;
}

/// Implements [`Coded`] by the inherent `code` of each type.
#[macro_export]
macro_rules! coded {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::Coded for $type {
            fn code(&self) -> &'static str {
                <$type>::code(*self)
            }
        }
    )+};
    (ref $($type:ty),+ $(,)?) => {$(
        impl $crate::Coded for $type {
            fn code(&self) -> &'static str {
                <$type>::code(self)
            }
        }
    )+};
}

/// Implements `From` for each variant of an error that wraps another one, so that `?` puts it there. The
/// message of such a variant is that of what it wraps, so it is no `source` as well: whoever prints a
/// whole chain would read it twice.
#[macro_export]
macro_rules! wraps {
    ($outer:ty { $($variant:ident($inner:ty)),+ $(,)? }) => {$(
        impl From<$inner> for $outer {
            fn from(inner: $inner) -> Self {
                Self::$variant(inner)
            }
        }
    )+};
}

/// Declares a closed set of refusals: one line gives the variant, its stable code and its message.
///
/// The code is what vectors, logs and HTTP problem documents carry; it never changes once released.
/// The message never contains input, so it is safe in any log. `ALL` lets a test list every code.
#[macro_export]
macro_rules! refusals {
    ($(#[$meta:meta])* pub enum $name:ident { $($variant:ident = $code:literal : $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name { $(#[doc = concat!("`", $code, "`: ", $text, ".")] $variant,)+ }

        impl $name {
            /// Every refusal of this set, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code: snake case, unique in the workspace.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What is wrong, in one English clause for logs and developers.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.text())
            }
        }

        impl ::std::error::Error for $name {}

        $crate::coded!($name);
    };
}
