export const REDPOLL_VERSION = "0.1.0";
