package io.logitstream.teacher.served.standin;

/** What a stand-in does to the answer of a scoring request. */
public enum Fault {
    /** Nothing. */
    NONE,
    /** Status 400 without a reason. */
    REFUSED,
    /** Status 404, as from a proxy whose server is not there. */
    ABSENT,
    /** Status 429 with a Retry-After of one second. */
    BUSY,
    /** Status 500 with words. */
    ERROR,
    /** Status 503 with a page, as from a proxy without a server behind it. */
    UNAVAILABLE,
    /** The connection is closed before the answer. */
    NO_ANSWER,
    /** The connection is closed in the middle of the answer. */
    RESET,
    /** The head of an answer, and then nothing. */
    HANG,
    /** The answer ends in the middle, and its Content-Length says so too. */
    TRUNCATED,
    /** Spaces without end. */
    ENDLESS,
    /** Half a megabyte of HTML with status 200. */
    HTML,
    /** Half a megabyte of HTML that claims to be JSON. */
    HTML_AS_JSON,
    /** JSON of 10,000 levels. */
    DEEP,
    /** An empty object. */
    EMPTY,
    /** Text behind the end of the JSON. */
    TRAILING,
    /** Status 302. */
    REDIRECT,
    /** The log-probabilities of the last position are missing. */
    FEWER_POSITIONS,
    /** One position more. */
    MORE_POSITIONS,
    /** The answer to a prompt whose tokens are each the next one. */
    OTHER_TOKENS,
    /** The answer to the prompt with one token less. */
    SHORTER_PROMPT,
    /** NaN as a log-probability. */
    NAN,
    /** null as a log-probability, as some JSON writers write NaN. */
    NULL,
    /** Minus infinity, as the server writes it, for the least likely entry of each position. */
    MINUS_INFINITY,
    /** Minus infinity for every entry of the second position. */
    NO_PROBABILITY,
    /** A positive log-probability. */
    POSITIVE,
    /** Logits in place of log-probabilities: all are negative, and their exponentials sum to more than 1. */
    NOT_NORMALISED,
    /** One entry less at one position. */
    RAGGED,
    /** Two entries more at each position. */
    MORE_ENTRIES,
    /** The same id twice. */
    DUPLICATE,
    /** An id beyond the vocabulary. */
    BEYOND_VOCABULARY,
    /** A negative id. */
    NEGATIVE_ID,
    /** The answer names another model. */
    OTHER_MODEL,
    /** One prompt is not answered. */
    FEWER_PROMPTS,
    /** Another type of the base64 values. */
    WRONG_TYPE,
    /** Another shape of the flat values. */
    WRONG_SHAPE,
    /** Base64 text with a character less. */
    SHORT_BASE64,
    /** Base64 text with a character that is none of base64. */
    BAD_BASE64,
    /** No log-probabilities at all. */
    NO_LOGPROBS
}
