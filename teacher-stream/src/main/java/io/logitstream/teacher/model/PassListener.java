package io.logitstream.teacher.model;

/** Receives the progress of one batch that is being scored. Called from the thread that scores it. */
public interface PassListener {
    /** A listener that does nothing. */
    PassListener NONE = new PassListener() {
        @Override
        public void onShare(double share) {}

        @Override
        public void onEnd() {}
    };

    /**
     * Called as the work goes on.
     *
     * @param share share of the batch that is done, from 0 to 1; 1 if it is scored
     */
    void onShare(double share);

    /** Called once, when the batch is scored or given up. */
    void onEnd();
}
