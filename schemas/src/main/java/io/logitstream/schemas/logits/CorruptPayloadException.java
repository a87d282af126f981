package io.logitstream.schemas.logits;

import io.logitstream.messages.LogitstreamException;

/** A logits payload that breaks its layout or holds values that no softmax gives. */
public class CorruptPayloadException extends LogitstreamException {

    /** Stands for the payload as a whole in {@link #position()}. */
    public static final int WHOLE_PAYLOAD = -1;

    private final int position;

    /**
     * @param position number of the predicted position within the batch, or {@link #WHOLE_PAYLOAD}
     * @param detail what is wrong there
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
