// SPDX-License-Identifier: MIT
// STAND-IN, never the protocol. Podium's own imitation of what newer BondingManagers add to the
// one of 2022: the reward caller of LIP-118, its order of checks, and the newer revert texts.
// It keeps the older target behind it and leaves all arithmetic to that one.
pragma solidity 0.8.30;

interface IController {
    function paused() external view returns (bool);
    function getContract(bytes32 id) external view returns (address);
}

interface IRounds {
    function currentRound() external view returns (uint256);
    function currentRoundInitialized() external view returns (bool);
}

interface IBonding {
    function rewardWithHint(address newPosPrev, address newPosNext) external;
    function isActiveTranscoder(address transcoder) external view returns (bool);
    function getTranscoder(address transcoder)
        external
        view
        returns (
            uint256 lastRewardRound,
            uint256 rewardCut,
            uint256 feeShare,
            uint256 lastActiveStakeUpdateRound,
            uint256 activationRound,
            uint256 deactivationRound,
            uint256 activeCumulativeRewards,
            uint256 cumulativeRewards,
            uint256 cumulativeFees,
            uint256 lastFeeRound
        );
    function getDelegator(address delegator)
        external
        view
        returns (
            uint256 bondedAmount,
            uint256 fees,
            address delegateAddress,
            uint256 delegatedAmount,
            uint256 startRound,
            uint256 lastClaimRound,
            uint256 nextUnbondingLockId
        );
}

// Code that a transcoder's account lends (EIP-7702), so that the older target, which knows only
// msg.sender, sees the transcoder itself. It calls back whoever calls it and nobody else.
contract StandInRelay {
    receive() external payable {}

    function relayReward(address newPosPrev, address newPosNext) external {
        IBonding(msg.sender).rewardWithHint(newPosPrev, newPosNext);
    }
}

// Hands whole calls to an older target, in the storage of whoever called.
abstract contract StandInForwarder {
    function _forward(address older) internal {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            let done := delegatecall(gas(), older, free, calldatasize(), 0, 0)
            returndatacopy(free, 0, returndatasize())
            switch done
            case 0 { revert(free, returndatasize()) }
            default { return(free, returndatasize()) }
        }
    }
}

// An upgrade that took one function away: it reverts without a word, as an unknown one does.
contract StandInLacking is StandInForwarder {
    address private immutable _older;
    bytes4 private immutable _lacking;

    constructor(address older, bytes4 lacking) {
        _older = older;
        _lacking = lacking;
    }

    fallback() external payable {
        if (msg.sig == _lacking) {
            revert();
        }
        _forward(_older);
    }

    receive() external payable {
        _forward(_older);
    }
}

contract StandInBondingManager is StandInForwarder {
    // The proxy's storage: slots 0 to 14 are the older target's, 15 is LIP-118's.
    uint256[15] private _olderStorage;
    mapping(address => address) public transcoderToRewardCaller;

    IController private immutable _controller;
    address private immutable _older;

    event RewardCallerSet(address indexed transcoder, address indexed rewardCaller);

    constructor(IController controller_, address older) {
        _controller = controller_;
        _older = older;
    }

    fallback() external payable {
        _delegate();
    }

    receive() external payable {
        _delegate();
    }

    function setRewardCaller(address _rewardCaller) external {
        _requireRunning();
        transcoderToRewardCaller[msg.sender] = _rewardCaller;
        emit RewardCallerSet(msg.sender, _rewardCaller);
    }

    function rewardForTranscoder(address _transcoder) external {
        _rewardFor(_transcoder, address(0), address(0));
    }

    function rewardForTranscoderWithHint(
        address _transcoder,
        address _newPosPrev,
        address _newPosNext
    ) external {
        _rewardFor(_transcoder, _newPosPrev, _newPosNext);
    }

    function reward() external {
        _requireReward(msg.sender);
        _delegate();
    }

    function rewardWithHint(address, address) external {
        _requireReward(msg.sender);
        _delegate();
    }

    function bond(uint256, address _to) external {
        _gainStake(_to);
    }

    function bondWithHint(uint256, address _to, address, address, address, address) external {
        _gainStake(_to);
    }

    function bondForWithHint(uint256, address, address _to, address, address, address, address)
        external
    {
        _gainStake(_to);
    }

    function rebond(uint256) external {
        _gainStake(_delegateOf(msg.sender));
    }

    function rebondWithHint(uint256, address, address) external {
        _gainStake(_delegateOf(msg.sender));
    }

    function rebondFromUnbonded(address _to, uint256) external {
        _gainStake(_to);
    }

    function rebondFromUnbondedWithHint(address _to, uint256, address, address) external {
        _gainStake(_to);
    }

    // Called by the TicketBroker for every ticket it pays.
    function updateTranscoderWithFees(address _transcoder, uint256, uint256) external {
        require(_self().isActiveTranscoder(_transcoder), "transcoder must be active");
        _delegate();
    }

    // The treasury of the newer protocol, switched off: the older target mints for nobody else.
    function treasuryRewardCutRate() external pure returns (uint256) {
        return 0;
    }

    function nextRoundTreasuryRewardCutRate() external pure returns (uint256) {
        return 0;
    }

    function treasuryBalanceCeiling() external pure returns (uint256) {
        return 0;
    }

    function _rewardFor(address _transcoder, address _newPosPrev, address _newPosNext) private {
        require(
            transcoderToRewardCaller[_transcoder] == msg.sender,
            "caller must be a reward caller set by the transcoder"
        );
        _requireReward(_transcoder);
        require(_transcoder.code.length > 0, "stand-in: the transcoder's account lends no relay");
        StandInRelay(payable(_transcoder)).relayReward(_newPosPrev, _newPosNext);
    }

    function _gainStake(address _to) private {
        _requireRunning();
        _requireRound();
        (uint256 rewarded, , , , , uint256 deactivation, , , , ) = _self().getTranscoder(_to);
        bool leaves = deactivation != type(uint256).max && _self().isActiveTranscoder(_to);
        require(
            !leaves || rewarded == _rounds().currentRound(),
            "transcoder has not yet called reward for the current round"
        );
        _delegate();
    }

    function _requireReward(address _transcoder) private view {
        _requireRunning();
        _requireRound();
        require(_self().isActiveTranscoder(_transcoder), "transcoder must be active");
        (uint256 rewarded, , , , , , , , , ) = _self().getTranscoder(_transcoder);
        require(
            rewarded != _rounds().currentRound(),
            "caller has already called reward for the current round"
        );
    }

    function _requireRunning() private view {
        require(!_controller.paused(), "system is paused");
    }

    function _requireRound() private view {
        require(_rounds().currentRoundInitialized(), "current round is not initialized");
    }

    function _delegateOf(address _delegator) private view returns (address delegateAddress) {
        (, , delegateAddress, , , , ) = _self().getDelegator(_delegator);
    }

    function _rounds() private view returns (IRounds) {
        return IRounds(_controller.getContract(keccak256("RoundsManager")));
    }

    // Through the proxy, so that reads see its storage whichever target answers them.
    function _self() private view returns (IBonding) {
        return IBonding(address(this));
    }

    // Hands the whole call to the older target and ends this one with its answer.
    function _delegate() private {
        _forward(_older);
    }
}
