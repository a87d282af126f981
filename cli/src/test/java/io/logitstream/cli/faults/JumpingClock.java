package io.logitstream.cli.faults;

import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Gives records the times of a clock that jumps: years back and again, with every record. As an interceptor of a
 * producer, {@code jumping.clock.ahead.hours} lets it run ahead of the brokers' clocks instead.
 */
public final class JumpingClock<K, V> implements ProducerInterceptor<K, V> {
    private final Random random = new Random(1);
    private Long aheadHours;

    @Override
    public void configure(Map<String, ?> settings) {
        Object hours = settings.get("jumping.clock.ahead.hours");
        aheadHours = hours == null ? null : Long.valueOf(hours.toString());
    }

    @Override
    public ProducerRecord<K, V> onSend(ProducerRecord<K, V> record) {
        long time = System.currentTimeMillis()
                + (aheadHours != null
                        ? TimeUnit.HOURS.toMillis(aheadHours)
                        : -TimeUnit.DAYS.toMillis(random.nextInt(20 * 365)));
        return new ProducerRecord<>(
                record.topic(), record.partition(), time, record.key(), record.value(), record.headers());
    }

    @Override
    public void onAcknowledgement(RecordMetadata metadata, Exception failure) {}

    @Override
    public void close() {}
}
