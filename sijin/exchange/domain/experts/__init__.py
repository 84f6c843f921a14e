"""Expert requests: the promise that somebody who knows comes within three days, who that is, and when they came."""
