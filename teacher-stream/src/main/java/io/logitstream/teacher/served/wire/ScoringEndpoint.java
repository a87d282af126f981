package io.logitstream.teacher.served.wire;

/** The scoring requests of one endpoint of a server: how they are written, and how the answers are read. */
public interface ScoringEndpoint {
    /** Path of the endpoint. */
    String path();

    /** Whether a request takes several prompts. */
    boolean takesSeveralPrompts();

    /** Writes a request. */
    void write(int[][] prompts, RequestBuffer into);

    /** A reader of the answers. */
    AnswerReader newReader();

    /** Bytes of an answer for each requested entry of a position, above those of any real answer. */
    int mostBytesPerEntry();
}
