package io.logitstream.teacher.served.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.teacher.served.client.ServerFailure.Kind;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddressPoolTest {
    private static AddressPool pool(Duration idle, String... urls) {
        AddressPool pool = new AddressPool(List.of(urls), idle);
        pool.addresses().forEach(pool::verified);
        return pool;
    }

    @Test
    void theAddressWithTheFewestRequestsIsTaken() throws Exception {
        AddressPool pool = pool(Duration.ofHours(1), "a", "b", "c");
        Address first = pool.take(null);
        Address second = pool.take(null);
        Address third = pool.take(null);
        assertThat(List.of(first.url(), second.url(), third.url())).containsExactlyInAnyOrder("a", "b", "c");

        pool.succeeded(second);
        assertThat(pool.take(null)).isSameAs(second);
    }

    @Test
    void theAddressToAvoidIsTakenOnlyIfThereIsNoOther() throws Exception {
        AddressPool pool = pool(Duration.ofHours(1), "a", "b");
        Address first = pool.take(null);
        pool.succeeded(first);
        for (int i = 0; i < 5; i++) {
            assertThat(pool.take(first)).isNotSameAs(first);
        }
        AddressPool single = pool(Duration.ofHours(1), "a");
        assertThat(single.take(single.addresses().get(0))).isNotNull();
    }

    /** Requests that fail together count as one failure, after which a single request verifies the model. */
    @Test
    void anAddressThatFailedIsTriedByOneRequest() throws Exception {
        AddressPool pool = pool(Duration.ofHours(1), "a");
        long before = System.nanoTime();
        for (int i = 0; i < 10; i++) {
            pool.take(null);
        }
        for (int i = 0; i < 10; i++) {
            pool.failed(pool.addresses().get(0), before, new ServerFailure(Kind.DOWN, "down", null));
        }
        Address address = null;
        for (int i = 0; i < 10 && address == null; i++) {
            address = pool.take(null);
        }
        assertThat(address).isNotNull();
        assertThat(address.failures).isEqualTo(1);
        assertThat(address.verified).isFalse();
        assertThat(address.verifying).isTrue();
        assertThat(pool.take(null)).isNull();

        pool.succeeded(address);
        assertThat(pool.take(null).verified).isTrue();
    }

    @Test
    void anAddressThatWasIdleIsVerifiedAgain() throws Exception {
        AddressPool pool = pool(Duration.ZERO, "a");
        Address address = pool.take(null);
        assertThat(address.verified).isFalse();
        pool.succeeded(address);
        assertThat(pool.take(null).verified).isFalse();

        AddressPool busy = pool(Duration.ofHours(1), "a");
        assertThat(busy.take(null).verified).isTrue();
    }

    @Test
    void delaysGrowUpToALimitAndVary() {
        assertThat(RetryDelay.nanos(1, Duration.ZERO)).isBetween(100_000_000L, 300_000_000L);
        assertThat(RetryDelay.nanos(4, Duration.ZERO)).isBetween(800_000_000L, 2_400_000_000L);
        assertThat(RetryDelay.nanos(1_000, Duration.ZERO)).isBetween(15_000_000_000L, 45_000_000_000L);
        assertThat(RetryDelay.nanos(1, Duration.ofSeconds(9))).isEqualTo(9_000_000_000L);
        assertThat(RetryDelay.nanos(3, Duration.ZERO)).isNotEqualTo(RetryDelay.nanos(3, Duration.ZERO));
    }
}
