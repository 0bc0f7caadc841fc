//! Takes in the rest of a body that was answered before it had arrived, such as one that is too large or that came without a key.
//!
//! A socket that is closed while bytes lie unread in it is reset, and a reset takes with it the answer that the client, still
//! sending, has not read. So what is left is read and thrown away, for a while (nginx calls this `lingering_close`).

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::EXPECT;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// How long a client may go on sending what nobody reads; nginx's `lingering_time`.
const WHOLE: Duration = Duration::from_secs(30);
/// How long a client may pause meanwhile; nginx's `lingering_timeout`.
const PAUSE: Duration = Duration::from_secs(5);

/// Gives a request a body of which no part stays in the socket. A client that waits to be asked for its body (`Expect`) and was not
/// has nothing on its way.
pub fn linger(request: Request) -> Request {
    let coming = !request.headers().contains_key(EXPECT);
    request.map(|body| Body::new(Lingering { body, coming }))
}

struct Lingering {
    body: Body,
    coming: bool,
}

impl HttpBody for Lingering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.coming = true;
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if self.coming
            && !self.body.is_end_stream()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(timeout(WHOLE, discard(std::mem::take(&mut self.body))));
        }
    }
}

async fn discard(mut body: Body) {
    while let Ok(Some(Ok(_))) = timeout(PAUSE, body.frame()).await {}
}
