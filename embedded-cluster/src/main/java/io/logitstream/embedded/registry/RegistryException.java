package io.logitstream.embedded.registry;

/**
 * Refusal of a request, with the HTTP status and the error code of Confluent's registry.
 */
final class RegistryException extends RuntimeException {

    static final int BAD_REQUEST = 400;
    static final int NOT_FOUND = 404;
    static final int METHOD_NOT_ALLOWED = 405;
    static final int INCOMPATIBLE = 409;
    static final int TOO_LARGE = 413;
    static final int UNSUPPORTED_MEDIA_TYPE = 415;
    static final int MISDIRECTED = 421;
    static final int SUBJECT_NOT_FOUND = 40401;
    static final int VERSION_NOT_FOUND = 40402;
    static final int SCHEMA_NOT_FOUND = 40403;
    static final int SUBJECT_SOFT_DELETED = 40404;
    static final int SUBJECT_NOT_SOFT_DELETED = 40405;
    static final int VERSION_SOFT_DELETED = 40406;
    static final int VERSION_NOT_SOFT_DELETED = 40407;
    static final int SUBJECT_LEVEL_NOT_FOUND = 40408;
    static final int SUBJECT_MODE_NOT_FOUND = 40409;
    static final int INVALID_SCHEMA = 42201;
    static final int INVALID_VERSION = 42202;
    static final int INVALID_LEVEL = 42203;
    static final int OPERATION_NOT_PERMITTED = 42205;
    static final int INVALID_SUBJECT = 42208;
    static final int INTERNAL = 500;
    static final int STORE_FAILED = 50001;

    private static final int STATUS_DIGITS = 1000;

    private final int code;

    /**
     * Creates a refusal.
     *
     * @param code an HTTP status, or a status followed by two digits
     * @param message one line for the client
     */
    RegistryException(int code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    static RegistryException subjectNotFound(String subject) {
        return new RegistryException(SUBJECT_NOT_FOUND, "There is no subject '" + subject + "'");
    }

    static RegistryException versionNotFound(String subject, Object version) {
        return new RegistryException(VERSION_NOT_FOUND, "Subject '" + subject + "' has no version " + version);
    }

    int code() {
        return code;
    }

    /** The HTTP status: the code's first three digits. */
    int status() {
        return code < STATUS_DIGITS ? code : code / 100;
    }
}
