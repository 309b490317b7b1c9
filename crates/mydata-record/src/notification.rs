//! Notifications: what a person subscribes to at a service, and what the service sends
//! (Notification 2.0 §3 and §4).

mod push;
mod subscribed;
mod subscription;

pub use push::{Jwe, Notification, NotificationMessage, NotificationPush, PushedNotification};
pub use subscribed::Subscribed;
pub use subscription::{Selection, Subscription};

use mydata_core::refusals;

refusals! {
    /// Why parts do not make a subscription or a notification.
    pub enum NotificationRefusal {
        Selections = "subscription_selections": "a subscription names nothing, or one type twice",
        Messages = "notification_messages": "a notification has no message, or too many",
        Jwe = "notification_jwe": "not a JWE in compact form",
    }
}
