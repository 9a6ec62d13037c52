"""Technical questions: about a part, an order line or a job; asked by buyers and makers, answered by the network."""
