//! The wire protocol: messages in bytes, in and out.
