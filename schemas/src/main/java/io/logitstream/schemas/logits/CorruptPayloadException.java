package io.logitstream.schemas.logits;

import io.logitstream.messages.LogitstreamException;

/** A logits payload with an invalid layout, or with values that no softmax produces. */
public class CorruptPayloadException extends LogitstreamException {

    /** Value of {@link #position()} for a fault of the payload as a whole. */
    public static final int WHOLE_PAYLOAD = -1;

    private final int position;

    /**
     * Creates a failure.
     *
     * @param position number of the predicted position within the batch, or {@link #WHOLE_PAYLOAD}
     * @param detail description of the fault
     */
    public CorruptPayloadException(int position, String detail) {
        super(
                position == WHOLE_PAYLOAD
                        ? "corrupt logits payload: " + detail
                        : "corrupt logits payload at position " + position + ": " + detail);
        this.position = position;
    }

    /** The predicted position within the batch, from 0, or {@link #WHOLE_PAYLOAD}. */
    public int position() {
        return position;
    }
}
