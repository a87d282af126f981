package io.logitstream.student.tensorboard;

import java.util.Map;

/**
 * Messages of an event file, by TensorFlow's event.proto and summary.proto and the hparams plugin's plugin_data.proto.
 */
final class Events {
    private static final int SESSION_STARTS = 1;
    private static final int FLOAT = 1;

    private Events() {}

    /** First event of a file. */
    static Protobuf fileVersion(double wallTime) {
        return event(wallTime, 0).text(3, "brain.Event:2");
    }

    /** An event that makes readers drop the events of this step and all later ones from earlier files of the folder. */
    static Protobuf sessionStart(double wallTime, long step) {
        return event(wallTime, step).message(7, new Protobuf().number(1, SESSION_STARTS));
    }

    static Protobuf scalars(double wallTime, long step, Map<String, Double> values) {
        Protobuf summary = new Protobuf();
        values.forEach(
                (tag, value) -> summary.message(1, new Protobuf().text(1, tag).number(2, value.floatValue())));
        return event(wallTime, step).message(5, summary);
    }

    /** The hyperparameters of a run, by which the hparams plugin compares runs. */
    static Protobuf hyperparameters(double wallTime, Map<String, Object> values) {
        Protobuf session = new Protobuf();
        values.forEach(
                (name, value) -> session.message(1, new Protobuf().text(1, name).message(2, value(value))));
        session.number(5, wallTime);
        Protobuf plugin = new Protobuf().text(1, "hparams").message(2, new Protobuf().message(3, session));
        // Readers require a tensor; the plugin's own writer gives one zero.
        Protobuf oneValue = new Protobuf().message(2, new Protobuf().number(1, 1L));
        Protobuf tensor = new Protobuf().number(1, FLOAT).message(2, oneValue).number(5, 0f);
        Protobuf summary = new Protobuf()
                .text(1, "_hparams_/session_start_info")
                .message(8, tensor)
                .message(9, new Protobuf().message(1, plugin));
        return event(wallTime, 0).message(5, new Protobuf().message(1, summary));
    }

    private static Protobuf value(Object value) {
        return value instanceof Double number
                ? new Protobuf().number(2, number)
                : value instanceof Boolean flag
                        ? new Protobuf().number(4, flag ? 1L : 0L)
                        : new Protobuf().text(3, value.toString());
    }

    private static Protobuf event(double wallTime, long step) {
        return new Protobuf().number(1, wallTime).number(2, step);
    }
}
