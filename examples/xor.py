"""XOR: no linear network solves it; three layers do, by folding the plane so that two corners meet.

Run it from anywhere: python examples/xor.py
"""

import numpy as np

import chainrule as cr

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = np.array([0.0, 1.0, 1.0, 0.0])


def main() -> None:
    linear = cr.nn.Network([2, 1], seed=0)
    cr.train.fit(linear, X, y, optimizer=cr.train.SGD(0.5), batch_size=4, epochs=500)
    print("linear network:", linear.predict(X).ravel().round(3))
    assert np.allclose(linear.predict(X), 0.5, atol=1e-3)

    # The lecture's weights: W1 holds ones and twos, b1 is −1; both positive corners land on one point.
    net = cr.nn.Network([2, 2, 1], activation="relu").with_parameters(
        {
            "W1": np.array([[1.0, 1.0], [2.0, 2.0]]),
            "b1": np.array([-1.0, -1.0]),
            "W2": np.array([[-3.0, 1.0]]),
            "b2": np.array([0.0]),
        }
    )
    record = net.forward(X)
    print(record)
    assert np.array_equal(record["h1"][1], record["h1"][2])
    assert np.array_equal(net.predict(X).ravel(), y)

    trained = cr.nn.Network([2, 8, 1], activation="relu", seed=1)
    history = cr.train.fit(trained, X, y, optimizer=cr.train.SGD(0.2, momentum=0.9), batch_size=4, epochs=300)
    print(f"trained network: {trained.predict(X).ravel().round(3)} after {len(list(history))} epochs")
    assert np.array_equal(trained.predict(X).ravel() > 0.5, y == 1)


if __name__ == "__main__":
    main()
