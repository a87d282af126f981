package io.logitstream.teacher.served.client;

/** State of one address. Guarded by {@link AddressPool}. */
final class Address {
    private final String url;
    /** Requests at this address now. */
    int inFlight;
    /** Failures in succession. */
    int failures;
    /** When the last failure was counted. */
    long failedAt;
    /** When the address may be used again; without meaning if there was no failure. */
    long availableAt;
    /** When the last request ended. */
    long usedAt;
    /** Number of failures and suspicions so far: what a request that began before the last one saw is out of date. */
    int generation;
    /** Whether the model was seen here since the last failure. */
    volatile boolean verified;
    /** Whether a request that must verify the model is on its way. */
    boolean verifying;

    Address(String url) {
        this.url = url;
    }

    /** The address without a path. */
    String url() {
        return url;
    }
}
