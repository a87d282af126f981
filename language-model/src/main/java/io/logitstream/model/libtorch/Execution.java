package io.logitstream.model.libtorch;

import ai.djl.ndarray.NDManager;

/** How the operations of a training step run: it decides what the host may ask for between them. */
public enum Execution {
    /** An operation has ended when its call returns, as on a CPU. Values cost nothing to read. */
    IMMEDIATE,

    /**
     * Operations are queued, as on a GPU. The host is ahead of the device, and to read a value it has to wait until the
     * device has done all queued operations; the device then waits for the host.
     */
    QUEUED;

    /** Execution on the device of a scope. */
    public static Execution of(NDManager scope) {
        return scope.getDevice().isGpu() ? QUEUED : IMMEDIATE;
    }

    /**
     * Execution on a device.
     *
     * @param device {@code cpu} or {@code cuda:N}
     */
    public static Execution of(String device) {
        return device.equals("cpu") ? IMMEDIATE : QUEUED;
    }
}
